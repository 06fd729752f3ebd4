//! What is wrong with a file of images is named, and no damage goes unnoticed or panics.

use super::*;

/// The error for MNIST's files of which one is replaced.
#[track_caller]
fn replaced(at: usize, contents: &[u8], parts: &[&str]) {
    let folder = set(NAMES);
    fs::write(folder.path().join(NAMES[at]), contents).unwrap();
    refusal(folder.path(), &[&[NAMES[at]], parts].concat());
}

#[test]
fn idx_files_that_are_cut_anywhere_are_refused_packed_or_not() {
    for (at, whole) in [images_file(TRAIN), labels_file(TRAIN, 0)].iter().enumerate() {
        for len in 0..whole.len() {
            replaced(at, &whole[..len], &["fetch the file again"]);
        }
        let packed = gzip(whole);
        for len in 2..packed.len() {
            replaced(at, &packed[..len], &["a gzip file that ends early", "fetch the file again"]);
        }
        replaced(at, &[whole.as_slice(), &[0]].concat(), &[&format!("{} bytes", whole.len() + 1)]);
    }
}

#[test]
fn what_unpacks_to_more_than_its_head_or_than_a_text_is_not_unpacked_to_its_end() {
    // 30 MB of zeros in 30 kB.
    let bomb = |head: &[u8]| gzip(&[head, &vec![0; 30_000_000]].concat());
    let images = images_file(TRAIN);
    let more = format!("more than {} bytes", images.len());
    replaced(0, &bomb(&images), &[&more, &format!("expected {}", images.len())]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mnist_train.csv");
    fs::write(&path, gzip(&[b"label,a,b\n".as_slice(), &vec![b' '; 30_000_000]].concat())).unwrap();
    let error = Images::<f32>::load(&path).unwrap_err().to_string();
    assert!(error.contains("a text that unpacks to more than"), "{error}");
}

#[test]
fn every_changed_byte_of_a_packed_file_is_found_or_changes_nothing() {
    let packed = gzip(&images_file(TRAIN));
    let folder = set(NAMES);
    for at in 10..packed.len() {
        let mut changed = packed.clone();
        changed[at] ^= 0x10;
        fs::write(folder.path().join(NAMES[0]), changed).unwrap();
        match Images::<f64>::load(folder.path()) {
            Ok(images) => assert_all(&images),
            Err(error) => assert!(error.to_string().contains(NAMES[0]), "{error}"),
        }
    }
}

#[test]
fn wrong_idx_files_are_named_with_a_remedy_that_helps() {
    let labels = labels_file(TRAIN, 0);
    replaced(0, &labels, &["the magic number 0x00000801", "0x00000803", "may have changed places"]);
    replaced(
        1,
        &images_file(TRAIN),
        &["the magic number 0x00000803", "0x00000801", "may have changed places"],
    );
    let unknown = idx(0x0a, &[6, 4, 3], vec![0; 72]);
    replaced(0, &unknown, &["the magic number 0x00000a03", "an IDX file of images"]);
    replaced(1, b"<!DOCTYPE html><html>", &["text that begins with \"<!DOCTYPE html><html>\"", "web page"]);
    replaced(1, b"label,pixel0\n", &["text that begins with \"label,pixel0\"", ".csv"]);
    replaced(0, &[0xfd, b'7', b'z', b'X'], &["begins with the bytes 0xfd377a58", "unpack it"]);
    replaced(
        1,
        &labels_file(0..5, 0),
        &["5 labels", "6, one for each image", "the same part of the same set"],
    );
    replaced(2, &idx(8, &[4, 4, 4], vec![0; 64]), &["images of 4 x 4", "4 x 3, as in", "from the same set"]);
    replaced(0, &idx(8, &[0, 4, 3], []), &["0 images of 4 x 3 pixels", "at least one"]);
    replaced(0, &idx(8, &[6, 0, 3], []), &["6 images of 0 x 3 pixels", "at least one"]);
    replaced(
        1,
        &idx(0x0c, &[6], (0..6).flat_map(|i: i32| (1 - i).to_be_bytes())),
        &["the label -1 at position 2"],
    );
    replaced(
        1,
        &idx(0x0d, &[6], (0..6).flat_map(|i| (i as f32 / 2.0).to_be_bytes())),
        &["the label 0.5 at position 1"],
    );
    replaced(
        1,
        &idx(0x0c, &[6], [70_000i32; 6].iter().flat_map(|i| i.to_be_bytes())),
        &["the label 70000 at position 0"],
    );
    replaced(1, &idx(8, &[6, 2], [1; 12]), &["an array of 6 x 2", "a label for each image"]);
    let nan = idx(0x0d, &[6, 4, 3], (0..72).flat_map(|i| if i == 17 { f32::NAN } else { 0.5 }.to_be_bytes()));
    replaced(0, &nan, &["NaN in image 1, pixel 5", "finite numbers"]);
}

#[test]
fn a_head_that_asks_for_more_than_there_is_takes_no_memory_and_is_named() {
    let most = u32::MAX as usize;
    for shape in [&[most, most, most][..], &[most, most, 1], &[most, 28, 28], &[1 << 31, 1 << 31, 1]] {
        replaced(0, &idx(8, shape, [0; 9]), &["x", "fetch the file again"]);
        replaced(0, &gzip(&idx(0x0e, shape, [0; 9])), &["x", "fetch the file again"]);
    }
    replaced(0, &idx(8, &[most; 255], [0; 9]), &["fetch the file again"]);
    let head = |shape: &str| {
        npy(&format!("{{'descr': '<f8', 'fortran_order': True, 'shape': ({shape}), }}"), &[0; 8])
    };
    for shape in
        ["9223372036854775807,", "1099511627776, 1099511627776", "0, 1099511627776, 1099511627776, 9"]
    {
        replaced(0, &head(shape), &[]);
    }
    replaced(0, &head("99999999999999999999,"), &["the head", "np.save"]);
    // No numbers at all, and no product of the sides that could be counted.
    let folder = tempfile::tempdir().unwrap();
    let of_fortran =
        "{'descr': '<f8', 'fortran_order': True, 'shape': (0, 4611686018427387904, 4611686018427387904), }";
    for (name, contents) in [("x.idx", idx(8, &[0, most, most, most], [])), ("x.npy", npy(of_fortran, &[]))] {
        let path = folder.path().join(name);
        fs::write(&path, contents).unwrap();
        let error = gradlens::data::read_array(&path).unwrap_err().to_string();
        assert!(error.contains("0 x 4") && error.contains("at least one sample"), "{error}");
    }
}

/// A `.npy` file with this head.
fn npy(head: &str, numbers: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\x00", &(head.len() as u16).to_le_bytes()[..], head.as_bytes(), numbers].concat()
}

#[test]
fn arrays_that_are_no_images_are_named_with_their_type_or_names() {
    refusal("images/complex.npz", &["complex.npz/x_train.npy", "numbers of the type '<c8'", "astype"]);
    refusal("images/objects.npz", &["objects.npz/x_train.npy", "numbers of the type '|O'", "astype"]);
    refusal(
        "images/records.npz",
        &["records.npz/x_train.npy", "numbers of the type [('a', '|u1')", "astype"],
    );
    refusal("images/other_names.npz", &["the arrays weights, bias", "x_train, y_train", "np.savez"]);
    refusal("images", &["27 sets, those of big_f2.npz, ", " and so on", "name one of these files"]);
    let folder = set(NAMES);
    fs::copy("images/keras.npz", folder.path().join(NAMES[0])).unwrap();
    refusal(folder.path(), &["4 arrays (x_train, ", "one, of images"]);
}

#[test]
fn npy_and_npz_files_that_are_cut_or_damaged_anywhere_are_refused_or_unchanged() {
    let whole = fs::read("images/x_train.npy").unwrap();
    for len in 1..whole.len() {
        replaced(0, &whole[..len], &[]);
    }
    replaced(0, &[whole.as_slice(), &[0]].concat(), &["201 bytes", "expected 200"]);
    for file in ["keras.npz", "f4.npz"] {
        let whole = fs::read(format!("images/{file}")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        for len in 0..whole.len() {
            fs::write(&path, &whole[..len]).unwrap();
            refusal(&path, &[file]);
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            fs::write(&path, changed).unwrap();
            match Images::<f64>::load(&path) {
                Ok(images) if images.set_aside => {} // the name of an array of the test set
                Ok(images) => assert_all(&images),
                Err(error) => assert!(error.to_string().contains(file), "{error}"),
            }
        }
    }
}

#[test]
fn files_that_are_missing_are_named() {
    refusal("no/such/place", &["no/such/place", "no such file or folder"]);
    let empty = tempfile::tempdir().unwrap();
    refusal(empty.path(), &["no file with such a name", "train-images-idx3-ubyte", "choose another folder"]);
    refusal("Cargo.toml", &["a file of another name", "train-images-idx3-ubyte", "rename the file"]);
    for (at, parts) in [
        (0, ["no images to train-labels-idx1-ubyte", "a file such as train-images-idx3-ubyte"]),
        (1, ["no labels to train-images-idx3-ubyte", "a file such as train-labels-idx1-ubyte"]),
        (2, ["no images to t10k-labels-idx1-ubyte", "a file such as t10k-images-idx3-ubyte"]),
        (3, ["no labels to t10k-images-idx3-ubyte", "a file such as t10k-labels-idx1-ubyte"]),
    ] {
        let folder = set(NAMES);
        fs::remove_file(folder.path().join(NAMES[at])).unwrap();
        refusal(folder.path(), &parts);
    }
    let folder = set(NAMES);
    for name in &NAMES[2..] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    refusal(folder.path(), &["no test set beside train-images-idx3-ubyte", "test or t10k"]);
    assert!(load(folder.path().join(NAMES[0])).set_aside);
    // A folder in the place of a file.
    fs::create_dir(folder.path().join(NAMES[2])).unwrap();
    fs::write(folder.path().join(NAMES[3]), labels_file(TEST, 0)).unwrap();
    refusal(folder.path(), &[NAMES[2], "a folder"]);
}
