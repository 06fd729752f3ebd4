//! Which keys the pictures are drawn over.

use gradlens::config::Grid;

/// The most pictures of a kind.
const MOST: usize = 24;

/// The most cells of all pictures of a kind.
const CELLS: usize = 1000;

/// The most rows or columns of a picture: more would be narrower than a letter.
pub const ACROSS: usize = 100;

/// Axes of the grid, by their place in it.
pub struct Axes {
    pub x: Option<usize>,
    pub y: Option<usize>,
    /// A picture for each combination of the values of these.
    pub panels: Vec<usize>,
}

impl Axes {
    /// Those that are named, or of all that have several values the ones with most.
    pub fn of(grid: &Grid, named: &[String]) -> anyhow::Result<Self> {
        let axes = grid.axes();
        anyhow::ensure!(named.len() <= 3, "--axes {}: name at most three keys", named.join(","));
        let mut chosen = vec![];
        for name in named {
            let name = if name == "seeds" { "seed" } else { name };
            let place = axes.iter().position(|axis| axis.keys.contains(&name));
            let place = place.ok_or_else(|| {
                let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
                anyhow::anyhow!("--axes {name}: the grid has no such key, but {}", names.join(", "))
            })?;
            anyhow::ensure!(!chosen.contains(&place), "--axes {name}: it is named twice");
            chosen.push(place);
        }
        let mut others: Vec<usize> = (0..axes.len())
            .filter(|&place| {
                axes[place].name != "seed" && axes[place].values.len() > 1 && !chosen.contains(&place)
            })
            .collect();
        if named.len() < 2 {
            others.sort_by_key(|&place| (std::cmp::Reverse(axes[place].values.len()), place));
            let lacking = (2 - named.len()).min(others.len());
            chosen.extend(others.drain(..lacking));
            others.sort_unstable();
        }
        let mut chosen = chosen.into_iter();
        let (x, y) = (chosen.next(), chosen.next());
        Ok(Axes { x, y, panels: chosen.chain(others).collect() })
    }

    /// The values of the keys that a picture is of, for each picture.
    pub fn panels(&self, grid: &Grid) -> Vec<Vec<usize>> {
        let mut panels = vec![vec![]];
        for &axis in &self.panels {
            let values = 0..grid.axes()[axis].values.len();
            let with = |panel: &Vec<usize>| {
                let panel = panel.clone();
                values.clone().map(move |value| panel.iter().copied().chain([value]).collect::<Vec<_>>())
            };
            panels = panels.iter().flat_map(with).take(MOST).collect();
        }
        panels
    }

    /// Which values of x and which of y are drawn: all of them, or as many, evenly spread, as there is room for on a page.
    pub fn drawn(&self, grid: &Grid) -> [Vec<usize>; 2] {
        let count = |axis: Option<usize>| axis.map_or(1, |axis| grid.axes()[axis].values.len());
        let room = CELLS / self.panels(grid).len().max(1);
        let (x, y) = (count(self.x).min(ACROSS), count(self.y).min(ACROSS));
        let side = room.isqrt();
        let (columns, rows) = match (x <= side, y <= side) {
            (true, _) => (x, y.min(room / x.max(1))),
            (_, true) => (x.min(room / y.max(1)), y),
            _ => (side, side),
        };
        [spread_out(count(self.x), columns), spread_out(count(self.y), rows)]
    }

    /// That not all values are drawn, if so.
    pub fn left_out(&self, grid: &Grid) -> String {
        let drawn = self.drawn(grid);
        let some = [self.x, self.y].into_iter().zip(&drawn).filter_map(|(axis, drawn)| {
            let axis = &grid.axes()[axis?];
            let all = axis.values.len();
            (drawn.len() < all).then(|| format!("{} of {all} values of {}", drawn.len(), axis.name))
        });
        let some: Vec<String> = some.collect();
        if some.is_empty() {
            String::new()
        } else {
            format!(" Drawn are {}, evenly spread.", some.join(" and "))
        }
    }

    /// What a picture is of, in words.
    pub fn label(&self, grid: &Grid, panel: &[usize]) -> String {
        let value = |(&axis, &value): (&usize, &usize)| {
            let axis = &grid.axes()[axis];
            format!("{} {}", axis.name, axis.label(value))
        };
        self.panels.iter().zip(panel).map(value).collect::<Vec<_>>().join(", ")
    }

    /// What the pictures show, for the reader of the page.
    pub fn sentence(&self, grid: &Grid) -> String {
        let name = |axis: usize| grid.axes()[axis].name.as_str();
        let over = match (self.x, self.y) {
            (Some(x), Some(y)) => format!("Pictures are over {} and {}", name(x), name(y)),
            (Some(x), None) => format!("Pictures are over {}", name(x)),
            _ => return "One setting, so there are no pictures.".into(),
        };
        let panels: Vec<&str> = self.panels.iter().map(|&axis| name(axis)).collect();
        let all: usize = self.panels.iter().map(|&axis| grid.axes()[axis].values.len()).product();
        let each = if panels.is_empty() {
            String::new()
        } else {
            format!(", one for each {}", panels.join(" and "))
        };
        let left = if all > MOST {
            format!(" (the first {MOST} of {all}; --axes chooses others)")
        } else {
            String::new()
        };
        let drawn = self.left_out(grid);
        let drawn = if drawn.is_empty() { drawn } else { format!("{drawn} results.csv has all of them.") };
        format!(
            "{over}{each}{left}.{drawn} g1/gL is the rms of dL/ds at the first hidden layer over that at the last."
        )
    }
}

/// At most `count` of the first `of` numbers, evenly spread, the first and the last among them.
pub fn spread_out(of: usize, count: usize) -> Vec<usize> {
    if of <= count {
        (0..of).collect()
    } else {
        (0..count).map(|i| i * (of - 1) / (count - 1).max(1)).collect()
    }
}
