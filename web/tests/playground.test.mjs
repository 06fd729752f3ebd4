import assert from "node:assert/strict";
import { after, test } from "node:test";
import { close, file, host, open, step, tables, verdict, waitForStep, waitForVerdict } from "./browser.mjs";

after(close);

const CALM = { reducedMotion: "reduce" };
/** A run that trains to anything at once. */
const SMALL =
  "#made=circles&samples=200&seed=1&hidden=8x2&activation=tanh&head=softmax&optimizer=sgd&lr=0.1&batch=32&epochs=200&speed=free";

test("opens from disk, at once, and moves by itself", async () => {
  const { page, done } = await open();
  const first = await page.evaluate(() => performance.getEntriesByName("first-picture")[0]?.startTime);
  console.log(`first picture after ${Math.round(first)} ms`);
  assert.ok(first > 0, "there is a first picture");
  await waitForStep(page, 20);
  assert.equal(await page.textContent(".play"), "Pause");
  await done();
});

test("who wants no motion starts it themselves", async () => {
  const { page, done } = await open(SMALL, CALM);
  await page.waitForTimeout(500);
  assert.equal(await step(page), 0);
  await page.click(".step");
  await waitForStep(page, 1);
  assert.equal(await step(page), 1);
  await page.click(".play");
  await waitForStep(page, 20);
  await done();
});

test("a remedy changes the verdict", async () => {
  const { page, done } = await open();
  await waitForVerdict(page, "a", "vanishing-slope");
  await page.click(".run-a .apply");
  await waitForVerdict(page, "a", "healthy");
  assert.match(page.url(), /relu/);
  await done();
});

test("a remedy can be tried beside the run that it is for", async () => {
  const { page, done } = await open(
    "#made=circles&samples=500&seed=1&hidden=20x10&activation=sigmoid&head=softmax&optimizer=sgd&lr=0.1&batch=32&epochs=400&speed=free",
  );
  await waitForVerdict(page, "a", "vanishing-slope");
  await page.click(".run-a .apply + button");
  await waitForVerdict(page, "b", "healthy");
  assert.equal(await verdict(page, "a"), "vanishing-slope");
  await done();
});

test("an address is a run: the same steps, the same numbers", async () => {
  const twice = [];
  for (let i = 0; i < 2; i++) {
    const { page, done } = await open(SMALL + "&b=1&b.activation=relu&rates=a@3:0.02", CALM);
    for (let n = 1; n <= 6; n++) {
      await page.click(".step");
      await waitForStep(page, n);
    }
    twice.push(await tables(page));
    await done();
  }
  assert.deepEqual(twice[0], twice[1]);
});

test("a rate that is changed on the way is kept in the address", async () => {
  const { page, done } = await open(SMALL, CALM);
  for (let n = 1; n <= 3; n++) {
    await page.click(".step");
    await waitForStep(page, n);
  }
  await page.fill('[aria-label="Learning rate, as a number"]', "0.02");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash.includes("rates=a@3:0.02"));
  for (let n = 4; n <= 6; n++) {
    await page.click(".step");
    await waitForStep(page, n);
  }
  const changed = await tables(page);
  await page.reload();
  await page.waitForSelector("html[data-ready]");
  for (let n = 1; n <= 6; n++) {
    await page.click(".step");
    await waitForStep(page, n);
  }
  // The history is another one, all that was measured is the same.
  assert.deepEqual((await tables(page))[0], changed[0]);
  await done();
});

test("a link holds the table, unless it is too long for one", async () => {
  const { page, done } = await open("", CALM);
  await page.click('[data-preset="wrong-and-saturated"]');
  await page.waitForFunction(() => location.hash.includes("csv="));
  await page.reload();
  await page.waitForSelector("html[data-ready]");
  assert.equal(await page.getAttribute('[data-preset="wrong-and-saturated"]', "aria-pressed"), "true");
  assert.match(await page.inputValue("textarea"), /^x,y\n-1.5,1\n/);
  const rows = Array.from(
    { length: 200 },
    (_, i) => `${Array.from({ length: 30 }, (_, j) => Math.sin(i * j + j).toFixed(3))},${i % 2}`,
  );
  const names = Array.from({ length: 30 }, (_, j) => `x${j}`);
  await page.getByLabel("Rows, the first with names").fill([`${names},y`, ...rows].join("\n"));
  await page.getByRole("button", { name: "Train on this table" }).click();
  await page.getByText("longer than 20 kB").waitFor();
  await page.waitForFunction(() => !location.hash.includes("csv="));
  await done();
});

test("settings start a run anew, and the address follows", async () => {
  const { page, done } = await open(SMALL);
  await waitForStep(page, 20);
  await page.getByLabel("Activation", { exact: true }).selectOption("relu");
  await page.waitForFunction(() => location.hash.includes("activation=relu"));
  await page.getByLabel("Samples from").selectOption("blobs");
  await page.waitForFunction(() => location.hash.includes("made=blobs"));
  await waitForStep(page, 20);
  await page.getByText("Layer by layer").click();
  await page.getByLabel("Activation of hidden layer 2").selectOption("sigmoid");
  await page.waitForFunction(() => location.hash.includes("layers="));
  await waitForStep(page, 20);
  assert.equal(await page.isVisible(".run-a.run .problem"), false);
  await page.getByRole("button", { name: "Add run B" }).click();
  await page.waitForFunction(() => location.hash.includes("b=1"));
  await done();
});

test("a table with an error is refused in words, a right one trained on", async () => {
  const { page, done } = await open(SMALL);
  await page.getByLabel("Samples from").selectOption("table");
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${Math.sin(i).toFixed(3)},${Math.cos(i * 1.7).toFixed(3)},${Math.sin(i) > 0 ? "up" : "down"}`,
  );
  await page
    .getByLabel("Rows, the first with names")
    .fill(["x,y,kind", ...rows.slice(0, 5), "0.5,wrong,too,many,up", ...rows.slice(5)].join("\n"));
  await page.getByRole("button", { name: "Train on this table" }).click();
  await page.waitForSelector(".run-a.run .problem:not([hidden])");
  const problem = await page.textContent(".run-a.run .problem");
  console.log(`refused: ${problem}`);
  assert.match(problem, /line 7/);
  assert.equal(await step(page), 0, "nothing of the run before is left");
  await page.getByLabel("Rows, the first with names").fill(["x,y,kind", ...rows].join("\n"));
  assert.deepEqual(await page.getByLabel("Target column").locator("option").allTextContents(), ["x", "y", "kind"]);
  await page.getByRole("button", { name: "Train on this table" }).click();
  await page.waitForFunction(() => location.hash.includes("csv="));
  await waitForStep(page, 10);
  assert.equal(await page.isVisible(".run-a.run .problem"), false);
  await done();
});

test("text from outside stays text", async () => {
  const csv = encodeURIComponent('<img src=x onerror="window.hurt=1">,y\n1,<b>a</b>\n2,c\n3,<b>a</b>\n4,c\n');
  const { page, done } = await open(`#file=pasted.csv&targets=y&hidden=4x1&activation=<i>x</i>&epochs=5&csv=${csv}`);
  await page.waitForSelector(".run-a.run .problem:not([hidden])");
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  assert.equal(await page.locator("main img, .run i").count(), 0);
  await done();
});

test("back through recorded steps, and on again", async () => {
  const { page, done } = await open(SMALL);
  await waitForStep(page, 200);
  await page.locator(".back").focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector(".transport").dataset.step === "0");
  assert.equal(await page.textContent(".play"), "Play");
  await page.getByRole("button", { name: "Back to now" }).click();
  await waitForStep(page, 200);
  await done();
});

test("keys play, pause and step", async () => {
  const { page, done } = await open(SMALL, CALM);
  await page.keyboard.press("ArrowRight");
  await waitForStep(page, 1);
  await page.keyboard.press(" ");
  await waitForStep(page, 10);
  await page.keyboard.press(" ");
  await page.waitForFunction(() => document.querySelector(".play").textContent === "Play");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.preset), "twelve-sigmoids");
  await done();
});

test("a hidden page rests", async () => {
  const { page, done } = await open(SMALL.replace("epochs=200", "epochs=100000"));
  await waitForStep(page, 20);
  const hide = (isHidden) =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await hide(true);
  await page.waitForTimeout(400);
  const rested = await step(page);
  await page.waitForTimeout(400);
  assert.equal(await step(page), rested);
  await hide(false);
  await waitForStep(page, rested + 10);
  await done();
});

test("a narrow screen shows everything, and nothing sticks out", async () => {
  const { page, done } = await open("", { viewport: { width: 390, height: 844 } });
  await waitForStep(page, 20);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  await page.locator("summary", { hasText: "Settings" }).first().click();
  assert.ok(await page.getByLabel("Samples from").isVisible());
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390);
  await done();
});

test("as a folder on a host it is the same page", async () => {
  const { url, close } = await host();
  const { page, done } = await open("", {}, url);
  await waitForVerdict(page, "a", "vanishing-slope");
  await done();
  close();
});

test("run.toml is what the native program reads", async () => {
  const { page, done } = await open(SMALL, { ...CALM, permissions: ["clipboard-read", "clipboard-write"] }, file);
  await page.getByRole("button", { name: "Copy run.toml of A" }).click();
  await page.waitForFunction(() => document.querySelector(".share [role=status]").textContent !== "");
  const toml = await page.inputValue('[aria-label="Copied text"]');
  assert.match(toml, /\[data\][\s\S]*made = "circles"[\s\S]*\[network\][\s\S]*\[training\]/);
  await done();
});
