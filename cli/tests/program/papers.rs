//! `gradlens papers` builds set-ups of papers again.

use crate::{json, printed, refused, title};

#[test]
fn deep_narrow_networks_are_off_as_often_as_the_formula_says() {
    let found = json("papers depth-collapse");
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    for row in rows {
        assert_eq!(row["verdict"], "agrees", "{row}");
    }
    // Ten layers of two units: 1 - (3/4)^10.
    assert!((rows[2]["published"].as_f64().unwrap() - 0.943_686).abs() < 1e-6);
}

#[test]
fn the_jacobian_before_the_first_step_is_as_glorot_and_bengio_print_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let text = printed(&format!("papers glorot-figures --smaller --html {}", page.display()));
    assert_eq!(text.matches("  agrees").count(), 2, "{text}");
    assert!(text.contains("a smaller run"));
    let page = std::fs::read_to_string(page).unwrap();
    assert_eq!(title(&page), "Both figures of Glorot and Bengio 2010 are found again");
    assert!(page.contains("This was a smaller run.") && page.contains("<svg"));
}

#[test]
fn a_table_of_trainings_goes_on_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let flags = format!(
        "papers menon-noise --seeds 1 --data {} --run {}",
        small_set(&folder),
        folder.path().join("runs").display()
    );
    let page = folder.path().join("page.html");
    let first = json(&format!("{flags} --html {}", page.display()));
    let rows = first["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row["errors"].as_array().unwrap().len() == 1), "{first}");
    // These images are no MNIST, so that the page has another finding than one of the paper's would have.
    let (page, agree) = (
        std::fs::read_to_string(page).unwrap(),
        rows.iter().filter(|row| row["verdict"] == "agrees").count(),
    );
    assert!(
        title(&page).starts_with(&format!("{agree} of 4 figures of Menon et al. 2020 ")),
        "{}",
        title(&page)
    );
    assert!(title(&page).contains("; the farthest off is ") && page.contains("<svg"), "{}", title(&page));
    for row in 1..=4 {
        assert!(folder.path().join(format!("runs/row{row}-seed0/config.toml")).exists());
    }
    // What was trained is not trained again, and one seed more is.
    let again = json(&flags);
    assert_eq!(again["rows"], first["rows"]);
    let more = json(&flags.replace("--seeds 1", "--seeds 2"));
    for (more, first) in more["rows"].as_array().unwrap().iter().zip(rows) {
        assert_eq!(more["errors"][0], first["errors"][0]);
        assert_eq!(more["errors"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn what_does_not_belong_to_a_paper_is_refused() {
    refused("papers depth-collapse --seeds 3", "nothing is trained here");
    refused("papers glorot-table", "invalid value 'glorot-table'");
}

/// A few images of three classes, as IDX files.
fn small_set(folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("images");
    std::fs::create_dir(&path).unwrap();
    let head = |kind: u8, sizes: &[u32]| {
        let sizes = sizes.iter().flat_map(|size| size.to_be_bytes());
        [0, 0, 8, kind].into_iter().chain(sizes).collect::<Vec<u8>>()
    };
    for (name, count) in [("train", 90_u32), ("t10k", 30)] {
        let labels = (0..count).map(|i| (i % 3) as u8);
        let pixels = labels
            .clone()
            .flat_map(|label| (0..16).map(move |pixel| if pixel % 3 == label { 200 } else { 10 }));
        let images = head(3, &[count, 4, 4]).into_iter().chain(pixels).collect::<Vec<u8>>();
        std::fs::write(path.join(format!("{name}-images-idx3-ubyte")), images).unwrap();
        let labels = head(1, &[count]).into_iter().chain(labels).collect::<Vec<u8>>();
        std::fs::write(path.join(format!("{name}-labels-idx1-ubyte")), labels).unwrap();
    }
    path.display().to_string()
}
