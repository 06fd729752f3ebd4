// What people with other eyes, hands or screens meet: axe finds nothing serious.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { close, open, waitForStep } from "./browser.mjs";

after(close);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["narrow", { viewport: { width: 390, height: 844 } }],
]) {
  test(`axe finds nothing serious: ${name}`, async () => {
    const { page, done } = await open("", { reducedMotion: "reduce", ...options });
    await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
    await page.click(".step");
    await waitForStep(page, 1);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run());
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const list = (found) =>
      found
        .map(
          ({ id, help, nodes }) =>
            `${id}: ${help} ${nodes
              .slice(0, 3)
              .map(({ html }) => html.slice(0, 120))
              .join(" | ")}`,
        )
        .join("\n");
    if (violations.length) console.log(list(violations));
    assert.equal(list(serious), "");
    await done();
  });
}
