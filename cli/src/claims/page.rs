//! The page: what becomes of the claims, at a glance, then claim by claim.

use super::claim::{Claim, RULE, Verdict};
use super::{CLAIMS, QUESTION};
use crate::flags::files::story;
use gradlens::report::{Bars, Figure, Page, Tone};

pub fn page(claims: &[Claim], quick: bool) -> String {
    story(&title(claims), |page| {
        page.paragraph(
            "The usual answer makes six claims, and each was taken apart into statements that numbers of an experiment can decide. All \
             networks are small multi-layer perceptrons, most of them on MNIST.",
        );
        if quick {
            page.paragraph("This was a quick run, on few samples and seeds: the numbers are rough.");
        }
        if claims.len() < CLAIMS {
            page.paragraph(&format!(
                "This is not complete: {} of the {CLAIMS} claims were tested.",
                claims.len()
            ));
        }
        page.callout(Tone::Neutral, QUESTION, "", |page| verdicts(page, claims));
        page.figure(&statements(claims));
        page.details("The rule of the verdicts", false, |page| page.paragraph(RULE));
        claims.iter().for_each(|claim| claim.show(page));
    })
}

/// How many claims have which verdict; which they are is said of all but the most frequent one.
fn title(claims: &[Claim]) -> String {
    let [holding, all] =
        claims.iter().map(Claim::count).fold([0, 0], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
    let of = |verdict: Verdict| -> Vec<&Claim> {
        claims.iter().filter(|claim| claim.verdict() == verdict).collect()
    };
    let mut groups = [Verdict::Holds, Verdict::InPart, Verdict::DoesNotHold]
        .map(|verdict| (verdict, of(verdict)))
        .to_vec();
    groups.retain(|(_, claims)| !claims.is_empty());
    groups.sort_by_key(|(_, claims)| std::cmp::Reverse(claims.len()));
    let verb = |verdict: Verdict, count: usize| match verdict {
        _ if count == 1 => verdict.words(),
        Verdict::Holds => "hold",
        Verdict::InPart => "hold in part",
        Verdict::DoesNotHold => "do not hold",
    };
    let statements = format!("{holding} of {all} statements are right");
    match &groups[..] {
        [] => return "Softmax or sigmoid? No claim was tested".into(),
        [(verdict, claims)] => {
            let which = match claims.len() {
                1 => "The one claim that was tested".into(),
                count => format!("All {count} usual claims"),
            };
            return format!("Softmax or sigmoid? {which} {}: {statements}", verb(*verdict, claims.len()));
        }
        _ => (),
    }
    let words = |(place, (verdict, claims)): (usize, &(Verdict, Vec<&Claim>))| {
        let numbers: Vec<String> = claims.iter().map(|claim| claim.number.to_string()).collect();
        let which = if place == 0 { String::new() } else { format!(" ({})", numbers.join(", ")) };
        format!("{} {}{which}", claims.len(), verb(*verdict, claims.len()))
    };
    let counts: Vec<String> = groups.iter().enumerate().map(words).collect();
    format!("Softmax or sigmoid? Of the {} usual claims {}: {statements}", claims.len(), counts.join(", "))
}

fn verdicts(page: &mut Page, claims: &[Claim]) {
    let row = |claim: &Claim| {
        let [holding, all] = claim.count();
        let name = format!("{}. {}", claim.number, claim.title);
        vec![name, claim.verdict().words().into(), format!("{holding} of {all}")]
    };
    let rows: Vec<Vec<String>> = claims.iter().map(row).collect();
    let header = ["claim", "verdict", "hold"];
    page.table("The claims, what the runs say, and how many statements hold.", 2, &header, &rows);
}

/// How many statements of each claim hold.
fn statements(claims: &[Claim]) -> Figure {
    let count = |of: fn([usize; 2]) -> usize| claims.iter().map(move |claim| of(claim.count()) as f64);
    Bars::new("claim", "statements", claims.iter().map(|claim| claim.number.to_string()))
        .bars("hold", count(|[holding, _]| holding))
        .bars("do not hold", count(|[holding, all]| all - holding))
        .figure(
            "Statements that hold.",
            "Of each claim, how many of its statements the numbers of this run support.",
        )
}
