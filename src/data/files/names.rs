//! Names of columns.

/// Gives the second column of a name the name `x.1`, as pandas does.
pub(super) fn rename_doubles(names: &mut [String], notes: &mut Vec<String>) {
    for column in 1..names.len() {
        let name = names[column].clone();
        if name.is_empty() || !names[..column].contains(&name) {
            continue;
        }
        let free = (1..).map(|n| format!("{name}.{n}")).find(|free| !names.contains(free));
        names[column] = free.expect("there are more numbers than columns");
        notes.push(format!(
            "column {} has the name {name:?} of another column and is called {:?}",
            column + 1,
            names[column]
        ));
    }
}
