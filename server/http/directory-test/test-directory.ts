import type { DirectoryProduct } from "../../contract/directory-products.ts";
import { productNames } from "../../contract/directory-products.ts";
import { inWork, trusted } from "../../db/work.ts";
import type { Actor } from "../../db/work.ts";
import { beginTest, clearTest, endTest } from "../../directories/directory-tests.ts";
import type { BegunTest, TestReport } from "../../directories/directory-tests.ts";
import { scimBaseUrl } from "../../directories/list-directories.ts";
import type { House } from "../../house.ts";
import { newSecret } from "../../kernel/secrets.ts";
import { entraMoves } from "./as-entra.ts";
import { googleMoves } from "./as-google.ts";
import { jumpCloudMoves } from "./as-jumpcloud.ts";
import { oktaMoves } from "./as-okta.ts";
import { oneLoginMoves } from "./as-onelogin.ts";
import { otherMoves } from "./as-other.ts";
import { sailPointMoves } from "./as-sailpoint.ts";
import type { Move, Person, Stage } from "./move.ts";
import { Player } from "./play.ts";
import { advice } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { openWire } from "./wire.ts";

/** The opening moves of each client (docs/scim.md, “The connection test”). */
export const movesOf: Readonly<Record<DirectoryProduct, readonly Move[]>> = {
  okta: oktaMoves,
  entra: entraMoves,
  onelogin: oneLoginMoves,
  jumpcloud: jumpCloudMoves,
  google: googleMoves,
  sailpoint: sailPointMoves,
  other: otherMoves,
};

/** A page waits half a minute for its answer, so a test must be done by then. */
const usualPatienceMs = 15_000;

/** What Entra ID asks of the other side. */
const entraPerSecond = 25;

/**
 * Plays what a product does when it is set up, as this directory, with a token of its own, against a SCIM door of its
 * own. It touches nobody's account and writes to nobody; what it makes bears a mark in its name and is taken away
 * whatever happens. Of the test stay the report, and the events of what was made and deleted.
 *
 * @param product left out: the one that the directory is
 * @param options.patienceMs how long it waits in all when the rate limit sends it away
 * @throws directory.missing directory.leaving access.denied
 */
export async function testDirectory(
  house: House,
  by: { actor: Actor; requestId: string },
  id: string,
  product?: DirectoryProduct,
  { patienceMs = usualPatienceMs } = {},
): Promise<TestReport> {
  const test = await inWork(house, by, async (work) => await beginTest(work, id, product));
  try {
    const player = new Player(openWire(house), test, stageOf(test.mark), patienceMs);
    const steps = await player.play(movesOf[test.product]);
    const report: TestReport = {
      id: test.id,
      product: test.product,
      startedAt: test.started_at.toISOString(),
      finishedAt: house.now().toISOString(),
      isPassed: steps.every((step) => step.outcome === "passed"),
      steps,
      advice: adviceFor(test, scimBaseUrl(house.config.issuer)),
    };
    await clear(house, by.requestId, test);
    await inWork(house, by, async (work) => await endTest(work, test, report));
    return report;
  } catch (error) {
    // What cannot be taken away now, the cleaner takes away later: the test is still open.
    await clear(house, by.requestId, test).catch((cause: unknown) =>
      house.log.warn({ err: cause, testId: test.id }, "a connection test could not be cleared"),
    );
    throw error;
  }
}

/** The house deletes what the test made: whoever may test need not be one who may delete accounts. */
async function clear(house: House, requestId: string, test: BegunTest): Promise<void> {
  const by = { actor: trusted("system", "connection test"), requestId };
  await inWork(house, by, async (work) => await clearTest(work, test));
}

function stageOf(mark: string): Stage {
  return {
    person: person(`gatehouse-test-${mark}`, mark),
    second: person(`gatehouse-test-${mark}-2`, mark),
    groupName: `Gatehouse test ${mark}`,
    renamedGroup: `Gatehouse test ${mark}, renamed`,
    nobody: `nobody-${mark}@test.invalid`,
    // Fits every policy; nobody ever learns it.
    password: `aA1!${newSecret()}`,
    ids: {},
    lastUser: {},
  };
}

/** RFC 2606 §2: no mail ever reaches anything below `.invalid`. */
function person(name: string, mark: string): Person {
  return {
    userName: `${name}@test.invalid`,
    email: `${name}@test.invalid`,
    externalId: name,
    displayName: `Gatehouse test ${mark}`,
    givenName: "Gatehouse",
    familyName: `Test ${mark}`,
  };
}

function adviceFor({ product, directory }: BegunTest, address: string): Problem[] {
  const { rateLimit, hasToken } = directory;
  const name = productNames[product];
  const given: Problem[] = [];
  if (!hasToken) given.push(advice("noToken", { product: name }));
  if (product !== "other" && !address.startsWith("https://")) {
    given.push(advice("notHttps", { product: name, address }));
  }
  if (product === "okta" && address.includes("_")) given.push(advice("underscore", { address }));
  if (product === "entra" && rateLimit !== null && rateLimit < entraPerSecond) {
    given.push(advice("slow", { limit: String(rateLimit) }));
  }
  given.push(advice("network", { product: name, address }));
  return given;
}
