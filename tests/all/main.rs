//! What the framework promises, a file for each subject. One program, so that the framework is linked once.

mod activations;
mod configs;
mod determinism;
mod diagnostics;
mod distortions;
mod golden;
mod gradients;
mod heads;
mod image_files;
mod initialisers;
mod learning;
mod made;
mod mnist_files;
mod models;
mod multilabel_data;
mod multilabel_metrics;
mod normalised;
mod outside_layers;
mod run_folders;
mod runs;
mod tables;
mod training;
