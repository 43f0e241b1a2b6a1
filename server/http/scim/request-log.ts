import { insertRequests, touchDirectory } from "../../db/sql/scim-requests.ts";
import type { LoggedRequest } from "../../db/sql/scim-requests.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";
import type { House } from "../../house.ts";
import { newId } from "../../kernel/ids.ts";
import { sentText } from "./sent-text.ts";
import { detailWithoutSecrets, withoutSecrets } from "./without-secrets.ts";

/** How long a request waits to be written with others. A crash loses no more than this of the log. */
const flushMs = 250;
/** Requests that are written at once. */
const batch = 500;
/** Requests that may wait; when the database is away, the log has a gap and says so. */
const mostWaiting = 5000;
/** When a token was last used is known to the minute. */
const touchMs = 60_000;

export interface Happened {
  directory: IdentifiedDirectory;
  method: string;
  /** Address with its query, as it came. */
  address: string;
  status: number;
  scimType: string | undefined;
  detail: string | undefined;
  coercions: readonly string[];
  startedAt: Date;
  durationMs: number;
  userAgent: string;
  /** The body as it was read, where it was. */
  sent: unknown;
  requestId: string;
}

/** The log of what directories asked (P4). Requests are written together after their answers, not one by one. */
export class RequestLog {
  readonly #house: House;
  #waiting: LoggedRequest[] = [];
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  readonly #touched = new Map<string, number>();
  readonly #toTouch = new Map<string, Date>();

  constructor(house: House) {
    this.#house = house;
  }

  add(happened: Happened): void {
    const { directory, startedAt } = happened;
    if (!directory.token_over && startedAt.getTime() - (this.#touched.get(directory.token_id) ?? 0) >= touchMs) {
      this.#touched.set(directory.token_id, startedAt.getTime());
      this.#toTouch.set(directory.token_id, startedAt);
    }
    if (this.#waiting.length >= mostWaiting) this.#lost += 1;
    else this.#waiting.push(rowOf(happened));
    this.#timer ??= setTimeout(() => this.#write(), flushMs).unref();
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const rows = this.#waiting;
    const touched = [...this.#toTouch];
    this.#waiting = [];
    this.#toTouch.clear();
    this.#writing = this.#writing.then(async () => await this.#store(rows, touched));
  }

  async #store(rows: readonly LoggedRequest[], touched: readonly [string, Date][]): Promise<void> {
    const { db, log } = this.#house;
    try {
      for (let at = 0; at < rows.length; at += batch) await insertRequests(db, rows.slice(at, at + batch));
      for (const [tokenId, at] of touched) await touchDirectory(db, tokenId, at);
    } catch (error) {
      this.#lost += rows.length;
      log.warn({ err: error }, "requests of directories could not be written to their log");
    }
    if (this.#lost > 0) log.warn({ lost: this.#lost }, "the log of directories has a gap");
    this.#lost = 0;
  }
}

function rowOf(happened: Happened): LoggedRequest {
  const { directory, startedAt, status, durationMs } = happened;
  return {
    id: newId(startedAt),
    directory_id: directory.id,
    at: startedAt,
    method: happened.method.slice(0, 20),
    path: withoutSecrets(happened.address).slice(0, 2000),
    status,
    scim_type: happened.scimType ?? null,
    detail: happened.detail === undefined ? null : detailOf(happened.detail, happened.address),
    coercions: happened.coercions.slice(0, 50).map((line) => line.replaceAll("\0", "").slice(0, 300)),
    duration_ms: Math.round(durationMs),
    user_agent: happened.userAgent.replaceAll("\0", "").slice(0, 300) || null,
    sent: status >= 400 && happened.sent !== undefined ? sentText(happened.sent) : null,
    request_id: happened.requestId,
  };
}

function detailOf(detail: string, address: string): string {
  return detailWithoutSecrets(detail, address).replaceAll("\0", "").slice(0, 1000);
}
