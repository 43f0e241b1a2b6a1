import { expect, test } from "vitest";
import { launchBrowser } from "#test/support/browser.ts";

test("the browser of the tests shows a page", async () => {
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.setContent("<title>here</title><p>text</p>");
  expect(await page.title()).toBe("here");
  await browser.close();
});
