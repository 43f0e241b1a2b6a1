/** How moments stand in a file: seconds since 1970, or date and time in a zone. */
export type TimeStyle = { as: "unix" } | { as: "iso"; timeZone: string };

const minute = 60_000;
const day = 86_400_000;
// Zones change their offset at quarters of an hour, so that one look at the calendar serves all moments in one.
const quarter = 15 * minute;
const mostQuarters = 100_000;

/**
 * How far a zone is ahead of UTC, in milliseconds, by moment.
 *
 * @param timeZone a name that Intl knows
 */
export function offsetsOf(timeZone: string): (at: number) => number {
  if (timeZone === "UTC") return () => 0;
  const known = new Map<number, number>();
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const place = Math.floor(at / quarter);
    let offset = known.get(place);
    if (offset === undefined) {
      if (known.size >= mostQuarters) known.clear();
      const start = place * quarter;
      const { year = 0, month = 1, day: date = 1, hour = 0, minute: past = 0, second = 0 } = numbersOf(parts, start);
      offset = Date.UTC(year, month - 1, date, hour, past, second) - start;
      known.set(place, offset);
    }
    return offset;
  };
}

function numbersOf(format: Intl.DateTimeFormat, at: number): Partial<Record<string, number>> {
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}

/** Writes moments as texts: `1795390531`, `2026-11-23T09:15:00+09:00`, in UTC `2026-11-23T00:15:00Z`. */
export function timeTexts(style: TimeStyle): (at: number) => string {
  if (style.as === "unix") return (at) => String(Math.floor(at / 1000));
  const offsetAt = offsetsOf(style.timeZone);
  return (at) => {
    const offset = offsetAt(at);
    const local = new Date(at + offset).toISOString();
    // Milliseconds only where there are some.
    const end = local.endsWith(".000Z") ? local.length - 5 : local.length - 1;
    return local.slice(0, end) + offsetText(offset, style.timeZone);
  };
}

function offsetText(offset: number, timeZone: string): string {
  if (offset === 0 && timeZone === "UTC") return "Z";
  const minutes = Math.abs(Math.round(offset / minute));
  const two = (number: number) => String(number).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Writes moments as workbooks count them: seconds since 1970, or days since 30 December 1899 on the clock of the zone. */
export function timeNumbers(style: TimeStyle): (at: number) => number {
  if (style.as === "unix") return (at) => Math.floor(at / 1000);
  const offsetAt = offsetsOf(style.timeZone);
  return (at) => (at + offsetAt(at)) / day + 25_569;
}
