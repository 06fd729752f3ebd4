// The first images of MNIST, to train on and to test on, as the engine takes them (engine/src/digits.rs), packed with gzip:
//
//     node web/digits.mjs data/mnist digits.gz
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

const PIXELS = 28 * 28;
const [folder, out] = process.argv.slice(2);

/** The first `count` images of a set: their number, their pixels, their classes. */
function part(name, count) {
  const read = (file) => gunzipSync(readFileSync(join(folder, `${name}-${file}-ubyte.gz`)));
  const images = read("images-idx3").subarray(16, 16 + count * PIXELS);
  const classes = read("labels-idx1").subarray(8, 8 + count);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(count);
  return [head, images, classes];
}

writeFileSync(out, gzipSync(Buffer.concat([...part("train", 2000), ...part("t10k", 500)]), { level: 9 }));
