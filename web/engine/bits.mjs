// The promise that a link reproduces a run: what the engine trains has the same bits as what the program trains of the same
// run.toml, where it is held to the loops that every processor has.
//
//     PROGRAM=target/release/gradlens node web/engine/bits.mjs ENGINE.wasm DIGITS.gz
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

const [wasm, digits] = process.argv.slice(2);
const program = resolve(process.env.PROGRAM ?? "target/release/gradlens");
const { instance } = await WebAssembly.instantiate(readFileSync(wasm), {});
const { memory, room, answer, answer_at: answerAt } = instance.exports;

/** What the engine answers. */
function ask(request, body = Buffer.alloc(0)) {
  const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(request)}\n`), body]);
  const place = room(bytes.length);
  new Uint8Array(memory.buffer, place, bytes.length).set(bytes);
  const length = answer();
  const said = JSON.parse(Buffer.from(memory.buffer, answerAt(), length).toString());
  if (said.error) throw new Error(said.error);
  return said;
}

/** The bits of every tensor of a file of safetensors. */
function tensors(file) {
  const bytes = readFileSync(file);
  const head = Number(bytes.readBigUInt64LE(0));
  const about = JSON.parse(bytes.subarray(8, 8 + head).toString());
  delete about.__metadata__;
  return Object.fromEntries(
    Object.entries(about).map(([name, { data_offsets: [from, to] }]) => {
      const part = Uint8Array.prototype.slice.call(bytes, 8 + head + from, 8 + head + to);
      return [name, [...new Uint32Array(part.buffer)]];
    }),
  );
}

const csv = "size,colour,weight\n1.5,red,3\n2.5,blue,5\n0.5,red,1.2\n4,green,8\n3,blue,6.5\n2,green,4\n";
const every = { test_share: "0.25", seed: "7" };
const runs = {
  circles: { ...every, made: "circles", hidden: "8x6", activation: "tanh", optimizer: "sgd", lr: "0.1" },
  xor: { ...every, made: "xor", hidden: "9,5", activation: "selu", optimizer: "sgd", momentum: "0.9", lr: "0.02" },
  spiral: { ...every, made: "spiral", hidden: "16,16", activation: "relu", lr: "0.01", schedule: "cosine" },
  moons: { ...every, made: "moons", hidden: "12x3", activation: "gelu", norm: "batch", schedule: "step:0.2:0.5" },
  blobs: { ...every, made: "blobs", hidden: "7", activation: "elu", dropout: "0.2", loss: "squared-error", head: "sigmoid" },
  teacher: { ...every, made: "teacher", hidden: "32", activation: "softplus", optimizer: "rmsprop" },
  robust: { ...every, made: "moons", hidden: "8", activation: "silu", loss: "generalised-cross-entropy", init: "orthogonal" },
  digits: { mnist: "true", samples: "2000", hidden: "100x6", activation: "sigmoid", init: "he-normal", optimizer: "adamw" },
  pasted: { file: "pasted.csv", targets: "weight", hidden: "8,8", activation: "leaky-relu", standardise: "true", norm: "layer" },
};

ask({ do: "images" }, gunzipSync(readFileSync(digits)));
const folder = mkdtempSync(join(tmpdir(), "gradlens-bits-"));
writeFileSync(join(folder, "pasted.csv"), csv);
let wrong = 0;
for (const [name, config] of Object.entries(runs)) {
  const steps = name === "digits" ? 40 : 250;
  const begun = ask({ do: "start", run: 0, config: { ...config, steps: `${steps}` }, csv: config.file && csv });
  ask({ do: "steps", run: 0, count: 7 });
  ask({ do: "steps", run: 0, count: steps - 7, measure: false });
  const ours = ask({ do: "weights", run: 0 });
  writeFileSync(join(folder, "run.toml"), begun.toml);
  execFileSync(program, ["train", "run.toml", "--quiet", "--save", "net.safetensors"], {
    cwd: folder,
    env: { ...process.env, GRADLENS_VECTORS: "portable" },
  });
  const theirs = tensors(join(folder, "net.safetensors"));
  let differ = 0;
  let count = 0;
  for (const [tensor, bits] of Object.entries(ours)) {
    count += bits.length;
    differ += bits.filter((bit, at) => bit !== theirs[tensor]?.[at]).length;
  }
  wrong += differ;
  console.log(`${name}: ${steps} steps, ${count} weights, ${differ} differ`);
}
rmSync(folder, { recursive: true });
if (wrong > 0) process.exit(1);
