// xsd:dateTime (RFC 7643 §2.3.5) with four digits for the year; the zone may be left out and is then UTC.
const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/i;

export interface Instant {
  /** UTC with six digits of fraction, as in 2026-11-02T08:30:00.000000Z: comparing as text is chronological. */
  iso: string;
  epochMs: number;
}

/**
 * Reads an xsd:dateTime of any offset. Fractions finer than a microsecond are cut, as PostgreSQL keeps no more.
 *
 * @returns undefined when the text is no such date
 */
export function readDateTime(text: string): Instant | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "", minute = "", second = "", fraction = "", zone = "Z"] = match;
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  const midnight = hour === "24" && minute === "00" && second === "00" && Number(micros) === 0;
  if (Number(hour) > 23 && !midnight) return undefined;
  if (Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = readOffset(zone);
  if (offset === undefined || year === "0000") return undefined;

  // Date.UTC takes the years 0 to 99 for 1900 to 1999, setUTCFullYear does not.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  date.setUTCHours(Number(hour), Number(minute) - offset, Number(second), Number(micros.slice(0, 3)));
  const utcYear = date.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return { iso: `${date.toISOString().slice(0, 23)}${micros.slice(3)}Z`, epochMs: date.getTime() };
}

/** Minutes east of Greenwich; xsd allows up to 14 hours. */
function readOffset(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  if (Number(zone.slice(4, 6)) > 59 || minutes > 14 * 60) return undefined;
  return zone.startsWith("-") ? -minutes : minutes;
}
