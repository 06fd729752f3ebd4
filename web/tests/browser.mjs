// Opens the playground in Debian's Chromium, and hears everything that it should not say.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const dist = resolve(process.env.PLAYGROUND ?? join(fileURLToPath(import.meta.url), "../../dist"));
export const file = pathToFileURL(join(dist, "playground.html")).href;
if (!existsSync(new URL(file))) throw new Error(`${file} is missing: build it first, web/build.sh`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
export const close = () => browser.close();

/**
 * A page of its own. `done` closes it, after which it must have had no error and asked the network for nothing.
 * `options` are Playwright's of a context, `url` another address.
 */
export async function open(hash = "", options = {}, url = file) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    reducedMotion: "no-preference",
    ...options,
  });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(url.replace(/[^/]*$/, "")))
      faults.push(`asked for ${request.url()}`);
  });
  await page.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) window.longTasks.push({ at: startTime, ms: duration });
    }).observe({ type: "longtask", buffered: true });
  });
  await page.goto(url + hash);
  await page.waitForSelector("html[data-ready]", { timeout: 20_000 });
  const done = async () => {
    await context.close();
    if (faults.length) throw new Error(`the page had faults:\n${faults.join("\n")}`);
  };
  return { page, done, context };
}

/** The verdict that the card of run A or B shows. */
export const verdict = (page, run) => page.getAttribute(`.run-${run}.run`, "data-illness");

export async function waitForVerdict(page, run, illness, timeout = 30_000) {
  await page
    .waitForFunction(
      ([run, illness]) => document.querySelector(`.run-${run}.run`)?.dataset.illness === illness,
      [run, illness],
      { timeout, polling: 100 },
    )
    .catch(async () => {
      throw new Error(
        `run ${run}: ${await verdict(page, run)} at step ${await step(page)}, where ${illness} was promised`,
      );
    });
}

export const step = async (page) => Number(await page.getAttribute(".transport", "data-step"));

export async function waitForStep(page, least) {
  await page.waitForFunction((least) => Number(document.querySelector(".transport")?.dataset.step) >= least, least, {
    timeout: 20_000,
    polling: 50,
  });
}

/** The tables behind the pictures, as texts. */
export async function tables(page) {
  await page.$$eval("figure details", (all) => all.forEach((details) => (details.open = true)));
  await page.waitForTimeout(300);
  return page.$$eval("figure:not([hidden]) table", (all) => all.map((table) => table.innerText));
}

/** The folder on a host of its own. */
export async function host() {
  const types = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".gz": "application/octet-stream",
  };
  const server = createServer((request, response) => {
    const path = join(dist, "playground", request.url.split("?")[0].replace(/\/$/, "/index.html"));
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(path)] });
    createReadStream(path).pipe(response);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
