import { cpSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test from "ava";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { at } from "../../src/report/figures.js";
import { writeComparison, writeReport } from "../../src/report/index.js";
import type { RunPaths } from "../../src/run/paths.js";
import { temporaryDirectory } from "../train/helpers.js";
import { openBrowser } from "./browser.js";
import { evil, fixtureRun } from "./fixture.js";

const require = createRequire(import.meta.url);
let browser: Browser;
let paths: RunPaths;
let comparison: { html: string; json: string };

test.before(async () => {
  paths = await fixtureRun();
  await writeReport(paths.root);
  const other = join(temporaryDirectory(), "other");
  cpSync(paths.root, other, { recursive: true });
  comparison = await writeComparison(paths.root, other, join(paths.root, "both.html"));
  browser = await openBrowser();
});
test.after.always(() => browser?.close());

/** Opens a page from disk; every word on the console, error, dialog and request beyond the file itself is kept. */
async function open(
  file: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const faults: string[] = [];
  const url = pathToFileURL(file).href;
  context.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) faults.push(`request ${request.url()}`);
  });
  const page = await context.newPage();
  page.on("console", (message) => faults.push(`console ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, faults };
}

test("opens from disk without a word on the console, a request or a script, whatever the files are called", async (t) => {
  const { page, faults } = await open(paths.report);
  for (const details of await page.locator("details").all())
    await details.evaluate((node) => node.setAttribute("open", ""));
  t.deepEqual(faults, []);
  t.is(await page.locator("script, iframe, object, [onerror], img[src='x'], b:text('cat')").count(), 0);
  const ids = await page.locator(".gallery .id").allTextContents();
  t.true(ids.length >= 20);
  t.true(
    ids.some((id) => /<script>alert\(\d+\)<’script> & 'q' \d+\.png$/.test(id)),
    ids[0],
  );
  t.true((await page.locator("#data").textContent())?.includes(`broken ${evil(0)}`));
  t.deepEqual(await page.locator("section").evaluateAll((all) => all.map(({ id }) => id)), [
    "images",
    "subsets",
    "tests",
    "membership",
    "slices",
    "views",
    "training",
    "layers",
    "duplicates",
    "data",
    "meaning",
    "settings",
    "cite",
  ]);
  t.true((await page.locator("#slices").textContent())?.includes("class: <script>alert('class')</script>"));
  const loaded = await page.locator("img").evaluateAll((images) =>
    Promise.all(
      (images as HTMLImageElement[]).map(async (image) => {
        image.loading = "eager";
        await image.decode();
        return image.naturalWidth;
      }),
    ),
  );
  t.true(loaded.length >= 20 * (2 + 4) && loaded.every((width) => width === 16), String(loaded));
});

/** Reads a number as people do: signs, per cent, thin spaces, powers of ten; and what its last digit is worth. */
function readNumber(text: string): { value: number; unit: number } {
  const plain = text.replaceAll("−", "-").replaceAll("\u202f", "").replaceAll("\u00a0", " ").trim();
  const [, mantissa = "", power = "0", percent] =
    /^([+-]?\d+(?:\.\d+)?)(?:e([+-]?\d+))?( %)?$/.exec(plain) ?? [];
  const scale = 10 ** Number(power) / (percent ? 100 : 1);
  return { value: Number(mantissa) * scale, unit: 10 ** -(mantissa.split(".")[1]?.length ?? 0) * scale };
}

for (const which of ["report", "comparison"] as const) {
  test(`every number on the page is that of the JSON beside it: ${which}`, async (t) => {
    const { html, json } = which === "report" ? { html: paths.report, json: paths.reportJson } : comparison;
    const { page } = await open(html);
    const document = JSON.parse(readFileSync(json, "utf8"));
    const shown = await page
      .locator("data")
      .evaluateAll((all) =>
        all.map((one) => [one.getAttribute("data-from"), one.getAttribute("value"), one.textContent]),
      );
    t.true(shown.length > 100, `${shown.length} numbers`);
    for (const [from, value, text] of shown as [string, string, string][]) {
      const expected = at(document, from) as number;
      t.is(Number(value), expected, from);
      const read = readNumber(text);
      t.true(Math.abs(read.value - expected) <= 0.5000001 * read.unit, `${from}: ${text} for ${expected}`);
    }
  });
}

const CONTEXTS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 740 } },
};

for (const [name, options] of Object.entries(CONTEXTS)) {
  test(`no fault that axe knows of, and nothing wider than the window: ${name}`, async (t) => {
    for (const file of [paths.report, comparison.html]) {
      const { page } = await open(file, options);
      await page
        .locator(".gallery details")
        .first()
        .evaluateAll((nodes) => nodes.map((node) => node.setAttribute("open", "")));
      await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations.map(
          ({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((n) => n.html.slice(0, 200))}`,
        );
      });
      t.deepEqual(violations, [], file);
      await page
        .locator(".meta")
        .first()
        .evaluate((node) => node.append("synthetic:count=500,size=32,classes=8,outliers=8,seed=0,test=0"));
      const [wide, window] = (await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")) as [
        number,
        number,
      ];
      t.true(wide <= window, `${wide} > ${window}`);
    }
  });
}

test("light and dark have their own colours, and plots follow", async (t) => {
  const colours = async (scheme: "light" | "dark") => {
    const { page } = await open(paths.report, { colorScheme: scheme });
    const of = (selector: string, property: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);
    return {
      paper: await of("body", "background-color"),
      bar: await of(".first svg path[fill*=candidate], .first svg [fill*=candidate]", "fill"),
    };
  };
  const [light, dark] = [await colours("light"), await colours("dark")];
  t.is(light.paper, "rgb(255, 255, 255)");
  t.is(dark.paper, "rgb(20, 23, 26)");
  t.is(light.bar, "rgb(200, 82, 0)");
  t.is(dark.bar, "rgb(242, 144, 63)");
});

test("the keyboard reaches everything: skip link, contents, images open with Enter", async (t) => {
  const { page } = await open(paths.report, { javaScriptEnabled: false });
  const focused = () => page.evaluate("document.activeElement.outerHTML.slice(0, 60)") as Promise<string>;
  await page.keyboard.press("Tab");
  t.regex(await focused(), /class="skip"/);
  const outline = await page.locator(".skip").evaluate((node) => node.getBoundingClientRect().left);
  t.true(outline >= 0, "the skip link is seen when it is reached");
  const view = page.locator(".gallery .views img").first();
  t.false(await view.isVisible());
  for (let i = 0; i < 40 && !/^<summary><img/.test(await focused()); i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  t.true(await view.isVisible());
  await page.keyboard.press("Enter");
  t.false(await view.isVisible());
});

test("prints on paper: light whatever the screen is, without what only a screen needs", async (t) => {
  const { page } = await open(paths.report, { colorScheme: "dark" });
  await page.emulateMedia({ media: "print" });
  t.is(
    await page.locator("body").evaluate((node) => getComputedStyle(node).backgroundColor),
    "rgb(255, 255, 255)",
  );
  t.false(await page.locator("nav").isVisible());
  t.true(await page.locator("h1").isVisible());
  const pdf = await page.pdf({ format: "A4", printBackground: true });
  t.is(pdf.subarray(0, 5).toString(), "%PDF-");
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  t.true(pages >= 2 && pages <= 15, `${pages} pages`);
});
