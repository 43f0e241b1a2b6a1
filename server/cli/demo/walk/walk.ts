import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { StartError } from "#server/kernel/start-error.ts";
import { startExampleApp } from "../app/example-app.ts";
import type { Person } from "../roster/roster.ts";
import { AdminApi } from "./admin-api.ts";
import { openBrowser } from "./find-browser.ts";

export interface Walked {
  username: string;
  password: string;
  claims: Record<string, unknown>;
  /** Files, in the order in which they were taken. */
  screenshots: string[];
  seconds: number;
}

interface WalkOptions {
  issuer: string;
  apiToken: string;
  /** Who may walk, first choice first: people who have just been pushed and will not leave. */
  people: readonly Person[];
  register: Parameters<typeof startExampleApp>[1];
  browserPath: string;
  /** Folder for pictures; undefined takes none. */
  screenshots: string | undefined;
  tell(sentence: string): void;
}

const stepMs = 20_000;

/**
 * One person's way, in a real browser: from the mail to a password, to a signed-in application that knows the groups,
 * and out again.
 *
 * @returns undefined when nobody of these people is new any more
 * @throws StartError naming the step that broke
 */
export async function walk(options: WalkOptions): Promise<Walked | undefined> {
  const startedAt = performance.now();
  const api = new AdminApi(options.issuer, options.apiToken);
  const walker = await choose(api, options.people);
  if (walker === undefined) return undefined;
  options.tell(`Waiting for the activation mail of ${walker.username}.`);
  const link = await step("reading the mail", async () => await readLink(api, walker.id, options.issuer));
  const app = await startExampleApp(options.issuer, options.register);
  const browser = await openBrowser(options.browserPath);
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 });
    context.setDefaultTimeout(stepMs);
    const page = await context.newPage();
    const pictures = new Pictures(page, options.screenshots);
    const password = `Walk-${randomBytes(9).toString("base64url")}`;
    await step("activating the account", async () => await activate(page, link, password, pictures));
    const claims = await step("signing in to the application", async () => {
      await signIn(page, app.origin, walker.username, password, pictures);
      return await readClaims(page);
    });
    await pictures.take("application");
    await step("signing out", async () => await signOut(page, app.origin));
    const seconds = (performance.now() - startedAt) / 1000;
    return { username: walker.username, password, claims, screenshots: pictures.files, seconds };
  } finally {
    await browser.close();
    await app.close();
  }
}

async function choose(api: AdminApi, people: readonly Person[]) {
  for (const person of people) {
    const user = await api.findUser(person.userName);
    if (user?.status === "pending") return user;
  }
  return undefined;
}

async function readLink(api: AdminApi, userId: string, issuer: string): Promise<string> {
  const { text } = await api.waitForActivationMail(userId);
  const link = new RegExp(`${RegExp.escape(issuer)}/activate/[\\w-]+`).exec(text ?? "")?.[0];
  if (link === undefined) throw new Error("The activation mail has no link.");
  return link;
}

async function activate(page: Page, link: string, password: string, pictures: Pictures): Promise<void> {
  await page.goto(link);
  await page.fill('input[name="new_password"]', password);
  await pictures.take("activation");
  await Promise.all([
    page.waitForResponse((reply) => reply.request().method() === "POST" && reply.ok()),
    page.press('input[name="new_password"]', "Enter"),
  ]);
  await page.waitForSelector('input[name="new_password"]', { state: "detached" });
}

async function signIn(
  page: Page,
  origin: string,
  username: string,
  password: string,
  pictures: Pictures,
): Promise<void> {
  await page.goto(origin);
  await page.click("#sign-in");
  await page.fill('input[name="username"]', username);
  await pictures.take("sign-in");
  await page.press('input[name="username"]', "Enter");
  await page.fill('input[name="password"]', password);
  await page.press('input[name="password"]', "Enter");
  await page.waitForSelector("#claims", { state: "attached" });
}

async function readClaims(page: Page): Promise<Record<string, unknown>> {
  return JSON.parse((await page.textContent("#claims")) ?? "{}") as Record<string, unknown>;
}

/** The provider may ask whether to end its own session too; the answer is yes. */
async function signOut(page: Page, origin: string): Promise<void> {
  await page.click('a[href="/sign-out"]');
  const home = page.waitForSelector("#sign-in");
  const question = page.waitForSelector('form button[type="submit"]');
  const first = await Promise.race([home.then(() => "home"), question.then(() => "question")]);
  // The one that lost the race may time out when the page is gone.
  home.catch(() => {});
  question.catch(() => {});
  if (first === "question") {
    await page.click('form button[type="submit"]');
    await page.waitForSelector("#sign-in");
  }
  if (new URL(page.url()).origin !== origin) throw new Error(`The way back ended at ${page.url()}.`);
}

async function step<Result>(name: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw broken(`The walk broke while ${name}`, error);
  }
}

/** Playwright's messages have a log below their first line. */
function broken(where: string, error: unknown): StartError {
  const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return new StartError(`${where}: ${reason.replace(/\.$/, "")}.`, { cause: error });
}

/** Takes pictures where a folder for them is known. */
class Pictures {
  readonly files: string[] = [];
  readonly #page: Page;
  readonly #folder: string | undefined;

  constructor(page: Page, folder: string | undefined) {
    this.#page = page;
    this.#folder = folder;
  }

  async take(name: string): Promise<void> {
    if (this.#folder === undefined) return;
    await mkdir(this.#folder, { recursive: true });
    const file = join(this.#folder, `${name}.png`);
    await this.#page.screenshot({ path: file });
    this.files.push(file);
  }
}
