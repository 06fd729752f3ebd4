#!/usr/bin/env python3
"""Writes the .npy and .npz files of this folder, as NumPy writes them (made with NumPy 2.4.6).

Their pixels follow `pixel`, their labels `label`; tests/all/image_files.rs computes the same and compares.
"""
import pathlib
import numpy as np

HERE = pathlib.Path(__file__).parent
ROWS, COLUMNS = 4, 3


def pixel(image, row, column):
    return (31 * image + 7 * row + 3 * column) % 100


def label(image):
    return image % 3


def images(count, first=0):
    return np.array([[[pixel(first + i, r, c) for c in range(COLUMNS)] for r in range(ROWS)] for i in range(count)])


def labels(count, first=0):
    return np.array([label(first + i) for i in range(count)])


TRAIN, TEST = (images(6), labels(6)), (images(4, 6), labels(4, 6))


def save(name, x_type, y_type, save=np.savez):
    save(HERE / name, x_train=TRAIN[0].astype(x_type), y_train=TRAIN[1].astype(y_type),
         x_test=np.asfortranarray(TEST[0].astype(x_type)), y_test=TEST[1].astype(y_type))


save("keras.npz", "u1", "u1", np.savez_compressed)
for kind in ["i1", "i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8", ">i2", ">u4", ">i8", ">f2", ">f4", ">f8"]:
    save(f"{kind.replace('>', 'big_')}.npz", kind, kind)

# Pixels as fractions, of which none is a byte; black and white; labels as rows with a 1.
np.savez(HERE / "fractions.npz", x_train=TRAIN[0] / 128 - 0.25, y_train=TRAIN[1],
         x_test=(TEST[0] / 128 - 0.25).astype("f4"), y_test=TEST[1])
np.savez(HERE / "bool.npz", x_train=TRAIN[0] % 2 == 1, y_train=np.eye(3)[TRAIN[1]],
         x_test=TEST[0] % 2 == 1, y_test=np.eye(3, dtype="u1")[TEST[1]])
# MedMNIST's names, its labels in a column, and a validation set.
np.savez_compressed(HERE / "medical.npz", train_images=TRAIN[0].astype("u1"), train_labels=TRAIN[1][:, None],
                    val_images=TEST[0], val_labels=TEST[1][:, None],
                    test_images=TEST[0].astype("u1"), test_labels=TEST[1][:, None])
# Colours, images x rows x columns x 3.
np.savez_compressed(HERE / "colours.npz", x_train=np.stack([TRAIN[0]] * 3, 3).astype("u1"), y_train=TRAIN[1],
                    x_test=np.stack([TEST[0]] * 3, 3).astype("u1"), y_test=TEST[1])

# KMNIST: an array in an archive each.
for part, (x, y) in [("train", TRAIN), ("test", TEST)]:
    np.savez_compressed(HERE / f"kmnist-{part}-imgs.npz", x.astype("u1"))
    np.savez_compressed(HERE / f"kmnist-{part}-labels.npz", y.astype("u1"))

# Plain arrays, with heads of all three versions.
for name, array, version in [("x_train", TRAIN[0].astype("u1"), (1, 0)), ("y_train", TRAIN[1], (2, 0)),
                             ("x_test", TEST[0].astype("u1"), (3, 0)), ("y_test", TEST[1].astype("i4"), (1, 0))]:
    with open(HERE / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)

# What cannot be read.
np.savez(HERE / "complex.npz", x_train=TRAIN[0].astype("c8"), y_train=TRAIN[1])
np.savez(HERE / "objects.npz", x_train=np.array([None, {}], dtype=object), y_train=TRAIN[1][:2])
np.savez(HERE / "records.npz", x_train=np.zeros(6, dtype=[("a", "u1"), ("b", "f4")]), y_train=TRAIN[1])
np.savez(HERE / "other_names.npz", weights=TRAIN[0], bias=TRAIN[1])
