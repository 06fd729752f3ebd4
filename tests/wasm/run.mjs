// Runs what `cargo build` made of this folder: it has to learn, with nothing from its host.
import { readFileSync } from "node:fs";

const path = process.argv[2] ?? new URL("target/wasm32-unknown-unknown/release/gradlens_wasm_test.wasm", import.meta.url);
const bytes = readFileSync(path);
const { instance } = await WebAssembly.instantiate(bytes, {});
const accuracy = instance.exports.train(40);
console.log(`${(bytes.length / 1024).toFixed(0)} KiB, accuracy ${accuracy}`);
if (accuracy !== 1) process.exit(1);
