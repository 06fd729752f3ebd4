//! Pictures of any

use arbitrary::Unstructured;
use gradlens::diagnostics::Distribution;
use gradlens::report::{Bars, Figure, Heat, HeatMap, Lines, Page, Scale, image};

type Points = Vec<(f64, f64)>;

fn drawn(figure: &Figure) {
    let html = figure.html();
    assert!(html.contains("<svg"), "not drawn: {html}");
    // What a browser cannot place. (Words of the figure come from a user, and stand elsewhere.)
    let svg = &html[html.find("<svg").unwrap_or_default()..html.rfind("</svg>").unwrap_or(html.len())];
    assert!(!svg.contains("\"NaN") && !svg.contains("\"inf"), "no number: {svg}");
}

/// Every kind of figure.
pub fn figures(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let Ok((points, more)) = bytes.arbitrary::<(Points, Points)>() else { return };
    let Ok((log, width, heights)) = bytes.arbitrary::<(bool, u8, Vec<f64>)>() else { return };
    let Ok((shares, values)) = bytes.arbitrary::<(Vec<Vec<f64>>, Vec<Vec<f32>>)>() else { return };
    let text = bytes.arbitrary::<&str>().unwrap_or_default();
    let lines = if log { Lines::new(text, "y").log_x() } else { Lines::new(text, "y") };
    let lines = lines.line(text, points.iter().copied()).line("more", more.iter().copied());
    drawn(&lines.figure(text, text));
    let band = points.iter().zip(&more).map(|(&(x, low), &(_, high))| (x, low, high));
    let named = Lines::new(text, "y").names(more.iter().map(|point| format!("{point:?}")));
    drawn(&named.line(text, points.iter().copied()).band(band).figure(text, text));
    let names = (0..heights.len()).map(|i| format!("{text}{i}"));
    let bars = Bars::new("x", text, names).bars(text, heights.iter().copied());
    drawn(&bars.figure(text, text));
    let columns: Vec<f64> = points.iter().map(|point| point.0).collect();
    let heat = Heat::new("x", "y", columns);
    let rows: Vec<usize> = (0..shares.len()).collect();
    // Where there is nothing to be seen the words stand alone.
    if shares.iter().flatten().any(|&share| share != 0.0) {
        drawn(&heat.shares(&shares, &rows, text, text));
    }
    let map = HeatMap::new(text, text, shares.iter().flatten().map(|_| text), shares.iter().map(|_| text));
    let ends = more.first().copied().unwrap_or_default();
    for scale in [Scale::Share, Scale::Between(ends.0, ends.1), Scale::AroundZero(ends.0)] {
        drawn(&map.numbers(&shares, scale, |number| format!("{number}"), text, text));
    }
    let kind = |share: &f64| share.is_finite().then_some((usize::from(width), *share));
    let kinds: Vec<Vec<_>> = shares.iter().map(|row| row.iter().map(kind).collect()).collect();
    drawn(&map.kinds(&kinds, &[text.to_string()], text, text));
    let distributions: Vec<Distribution> = values.iter().map(|values| Distribution::of(values)).collect();
    drawn(&heat.distributions(&distributions.iter().collect::<Vec<_>>(), text, text));
    drawn(&image(usize::from(width), &heights, text, text));
    let mut page = Page::new(text);
    page.table(text, 1, &[text], &[vec![text.into()]]);
    assert!(page.finish().ends_with("</html>\n"));
}
