import { resolve } from "node:path";
import type { Work } from "#server/db/work.ts";
import type { House } from "#server/house.ts";
import { StartError } from "#server/kernel/start-error.ts";
import type { Answer } from "../command.ts";
import { facts, table } from "../print/table.ts";
import { createTokenFor } from "../token/create.ts";
import { registerApp } from "./app/register-app.ts";
import { openDemoDirectory } from "./demo-directory.ts";
import { planChanges } from "./push/later-changes.ts";
import { push } from "./push/push.ts";
import type { Pushed } from "./push/push.ts";
import type { Phase } from "./push/tally.ts";
import { readRoster } from "./roster/read-roster.ts";
import { findBrowser } from "./walk/find-browser.ts";
import { walk } from "./walk/walk.ts";
import type { Walked } from "./walk/walk.ts";

interface DemoCall {
  flags: {
    roster: string | undefined;
    groups: string | undefined;
    token: string | undefined;
    screenshots: string | undefined;
    person: string | undefined;
    scimOnly: boolean;
  };
  env: NodeJS.ProcessEnv;
  house(): Promise<House>;
  work<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
  tell(sentence: string): void;
}

/** Most errors that are printed; the rest is a number. */
const shownErrors = 10;

/**
 * Plays a directory against the running server, and then one person in a browser.
 *
 * @throws StartError no server runs, there is no browser, or real mail would go out
 */
export async function runDemo({ flags, env, house, work, tell }: DemoCall): Promise<Answer> {
  const roster = await readRoster(flags);
  const browserPath = flags.scimOnly ? undefined : findBrowser(env);
  const { config } = await house();
  const { issuer } = config;
  if (config.smtpUrl !== undefined) {
    throw new StartError(
      "A mail server is set up (SMTP_URL), and the demo's people are made up: it would write to them.",
    );
  }
  await requireServer(issuer);
  const to =
    flags.token === undefined
      ? await work(async (one) => await openDemoDirectory(one, issuer))
      : { baseUrl: `${issuer}/scim/v2`, token: flags.token };
  tell(`Pushing ${roster.people.length} people and ${roster.teams.length} groups to ${to.baseUrl}.`);
  const pushed = await push(to, roster, (phase) => tell(`  ${lineOf(phase).join(", ")}`));
  if (browserPath === undefined || pushed.errors.length > 0) return answer(pushed, undefined);
  const leavers = new Set(planChanges(roster).leavers.map((person) => person.employeeNumber));
  const walked = await walk({
    issuer,
    apiToken: await work(
      async (one) => await createTokenFor(one, { name: "Demo", permissions: ["accounts"], days: "1" }),
    ),
    people: roster.people
      .filter((person) => person.isActive && !leavers.has(person.employeeNumber))
      .filter((person) => flags.person === undefined || person.userName === flags.person),
    register: async (origin) => await work(async (one) => await registerApp(one, origin)),
    browserPath,
    screenshots: flags.screenshots === undefined ? undefined : resolve(flags.screenshots),
    tell,
  });
  return answer(pushed, walked ?? null);
}

async function requireServer(issuer: string): Promise<void> {
  try {
    const reply = await fetch(`${issuer}/readyz`, { signal: AbortSignal.timeout(5_000) });
    if (reply.ok) return;
  } catch {
    // Said below.
  }
  throw new StartError(`No server is ready at ${issuer}; \`npm start\` in another terminal runs one.`);
}

/** @param walked undefined: nobody was to walk; null: nobody was left to */
function answer(pushed: Pushed, walked: Walked | null | undefined): Answer {
  const { known, phases, errors, ...figures } = pushed;
  return {
    json: { people: known.size, ...figures, errors, phases, walk: walked ?? null },
    text: [
      table(phases.map(lineOf), ["PHASE", "DONE", "CHANGED", "SECONDS", "PER SECOND", "ERRORS"]),
      facts([
        ["Memberships", String(figures.memberships)],
        ["Requests", `${figures.requests}, ${Math.round(figures.requestsPerSecond)} a second`],
        ["Answers", `half within ${figures.medianMs.toFixed(1)} ms, 95 of 100 within ${figures.p95Ms.toFixed(1)} ms`],
        ["Told to wait", figures.waits > 0 ? `${figures.waits} times` : null],
      ]),
      ...(errors.length > 0 ? [errorLines(errors)] : []),
      ...(walked === undefined ? [] : [walkLines(walked)]),
    ].join("\n\n"),
    failed: errors.length > 0,
  };
}

function lineOf(phase: Phase): string[] {
  return [
    phase.name,
    String(phase.count),
    String(phase.changed),
    phase.seconds.toFixed(2),
    Math.round(phase.perSecond).toString(),
    String(phase.errors.length),
  ];
}

function errorLines(errors: readonly string[]): string {
  const rest = errors.length - shownErrors;
  return [...errors.slice(0, shownErrors), ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n");
}

function walkLines(walked: Walked | null): string {
  if (walked === null) return "Everybody is activated already, so nobody walks in from a mail.";
  const claims = Object.entries(walked.claims).map(([name, value]) => [
    `  ${name}`,
    Array.isArray(value) ? value.join(" | ") : typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return [
    `${walked.username} activated the account from the mail, signed in to the application and out again, in ${walked.seconds.toFixed(1)} s.`,
    `The password is ${walked.password} for who wants to look around. The application was told:`,
    "",
    table(claims),
    ...(walked.screenshots.length > 0 ? ["", `Pictures: ${walked.screenshots.join(", ")}`] : []),
  ].join("\n");
}
