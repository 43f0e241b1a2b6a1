/** An address as people read it: its blanks and quotation marks came encoded. What is no encoding stays. */
export function readable(path: string): string {
  try {
    return decodeURIComponent(path.replaceAll("+", " "));
  } catch {
    return path;
  }
}

/** The part of an address that differs from line to line. */
export function shortPath(path: string): string {
  return readable(path).replace(/^\/scim\/v2(?=[/?]|$)/, "") || "/";
}

/** How an answer looks: sent away for a moment is no fault of anybody. */
export function lookOf(status: number) {
  if (status === 429) return { tone: "warn", icon: "clock" } as const;
  return status < 400 ? ({ tone: "ok", icon: "check" } as const) : ({ tone: "bad", icon: "close" } as const);
}
