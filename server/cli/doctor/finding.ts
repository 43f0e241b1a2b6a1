/** What one look found. */
export interface Finding {
  name: string;
  /** warn: it works, but something is to be known; fail: something does not work. */
  state: "ok" | "warn" | "fail";
  says: string;
  /** What to do about it; undefined where all is well. */
  todo?: string;
}

/** All is well with `name`. */
export function ok(name: string, says: string): Finding {
  return { name, state: "ok", says };
}

export function warn(name: string, says: string, todo: string): Finding {
  return { name, state: "warn", says, todo };
}

export function fail(name: string, says: string, todo: string): Finding {
  return { name, state: "fail", says, todo };
}
