// Every preset trains to the verdicts that its sentence promises.
import { buildSync } from "esbuild";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { close, open, waitForVerdict } from "./browser.mjs";

after(close);

const bundled = buildSync({
  entryPoints: [fileURLToPath(new URL("../page/presets.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
});
const { PRESETS } = await import(`data:text/javascript,${encodeURIComponent(bundled.outputFiles[0].text)}`);

for (const { name, title, verdicts } of PRESETS) {
  test(`${title}: ${verdicts.join(" beside ")}`, async () => {
    const { page, done } = await open("", { reducedMotion: "reduce" });
    await page.click(`[data-preset="${name}"]`);
    await page.click(".play");
    await Promise.all(verdicts.map((verdict, run) => waitForVerdict(page, "ab"[run], verdict)));
    await done();
  });
}
