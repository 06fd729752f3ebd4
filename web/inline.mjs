// Makes the playground: one file with everything in it, and the same as a folder for a static host.
//
//   node web/inline.mjs --wasm FILE --digits FILE --out DIR
//
// writes DIR/playground.html and DIR/playground/. The engine is packed here; the digits may be packed already.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const here = join(dirname(fileURLToPath(import.meta.url)), "page");
const { values } = parseArgs({
  options: { wasm: { type: "string" }, digits: { type: "string" }, out: { type: "string" } },
});
for (const name of ["wasm", "digits", "out"]) {
  if (!values[name]) fail(`--${name} is missing: node web/inline.mjs --wasm FILE --digits FILE --out DIR`);
}

function fail(why) {
  console.error(`error: ${why}`);
  process.exit(1);
}

/** A script and all that it imports as one text. */
async function script(entry) {
  const { outputFiles } = await build({
    entryPoints: [join(here, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    legalComments: "none",
  });
  return outputFiles[0].text;
}

/** Bytes as gzip packs them; those that are packed stay as they are. */
function packed(bytes) {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? bytes : gzipSync(bytes, { level: 9 });
}

/** A script may hold anything but what ends it. */
function inScript(text) {
  return text.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");
}

/** Puts texts at the marks of the page, which are comments. */
function filled(page, parts) {
  return Object.entries(parts).reduce((text, [mark, part]) => text.replace(`<!--${mark}-->`, () => part), page);
}

function policy(rules) {
  return `<meta http-equiv="Content-Security-Policy" content="${rules}">`;
}

const read = (file) => readFile(file).catch((error) => fail(`${file} could not be read: ${error.message}`));
const [page, style] = await Promise.all(["index.html", "style.css"].map((name) => readFile(join(here, name), "utf8")));
const [main, worker] = [await script("main.ts"), await script("worker.ts")];
const [engine, digits] = [packed(await read(values.wasm)), packed(await read(values.digits))];

// Everything inside. The policy lets the page reach nothing else, on a disk as on a host.
const inside = (id, type, text) => `<script type="${type}" id="${id}">${text}</script>`;
const single = filled(page, {
  policy: policy(
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
  ),
  style: `<style>${style}</style>`,
  bytes: [
    inside("worker-source", "text/plain", inScript(worker)),
    inside("engine-bytes", "text/plain", engine.toString("base64")),
    inside("digits-bytes", "text/plain", digits.toString("base64")),
  ].join("\n"),
  script: `<script>${inScript(main)}</script>`,
});

// The same as files. Names carry no version, so each is asked for anew with what is in it.
const mark = createHash("sha256").update(main).update(worker).update(engine).digest("hex").slice(0, 8);
const folder = filled(page, {
  policy: policy(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'",
  ),
  style: `<link rel="stylesheet" href="style.css?${mark}">`,
  bytes: "",
  script: `<script src="page.js?${mark}"></script>`,
});

const out = values.out;
await rm(join(out, "playground"), { recursive: true, force: true });
await mkdir(join(out, "playground"), { recursive: true });
await writeFile(join(out, "playground.html"), single);
const files = {
  "index.html": folder,
  "page.js": main,
  "worker.js": worker,
  "style.css": style,
  "engine.wasm.gz": engine,
  "digits.gz": digits,
};
for (const [name, content] of Object.entries(files)) await writeFile(join(out, "playground", name), content);
const kB = (content) => `${Math.round(Buffer.byteLength(content) / 1000)} kB`;
console.log(
  `${join(out, "playground.html")}  ${kB(single)} (page ${kB(main)}, worker ${kB(worker)}, engine ${kB(engine)} packed, digits ${kB(digits)} packed)`,
);
