import type { Liquid } from "liquidjs";
import { fill, fillWith, valueOf } from "../../kernel/words/fill.ts";
import { formatDay, formatDuration, formatExact, formatMoment } from "../../kernel/words/moments.ts";
import type { Clock } from "../../kernel/words/moments.ts";
import { assetHref } from "../serve-assets.ts";

type Place = [name: string, value: unknown];

/** Adds the filters that the pages use. `this.context.globals` is what renderPage gives to every template. */
export function addFilters(engine: Liquid): void {
  engine.registerFilter("asset", (name: string) => assetHref(name));
  engine.registerFilter("link", safeLink);
  /** A sentence with its places filled, as plain text: for attributes and titles. */
  engine.registerFilter("fill", (text: string, ...places: Place[]) => fill(text, plainValues(places)));
  /** The same for the body of a page: values are set apart, so that a name written right to left turns nothing else. */
  engine.registerFilter("fill_html", {
    raw: true,
    handler(text: string, ...places: Place[]) {
      const values = Object.fromEntries(places);
      const clock = clockOf(this.context.globals);
      return fillWith(escapeHtml(text), (place) => markPlace(place, values[place], text, clock));
    },
  });
  engine.registerFilter("mail_link", { raw: true, handler: (address: string) => mailLink(address) });
  engine.registerFilter("duration", function (seconds: unknown) {
    if (typeof seconds !== "number") throw new Error("a length of time is a number of seconds");
    return formatDuration(clockOf(this.context.globals).locale, seconds);
  });
  engine.registerFilter("exact", function (at: Date) {
    return formatExact(at, clockOf(this.context.globals));
  });
  engine.registerFilter("day", function (at: Date) {
    return formatDay(at, clockOf(this.context.globals));
  });
}

/** The five characters that mean something in HTML text and in quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** An address that is safe to click: on this host, over http or https, or mail. Anything else leads nowhere. */
function safeLink(href: string): string {
  return /^(?:https?:\/\/|mailto:|\/(?![/\\])|[?#])/i.test(href) ? href : "#";
}

function plainValues(places: Place[]): Record<string, string | number> {
  return Object.fromEntries(
    places.map(([name, value]) => [name, typeof value === "number" ? value : String(value ?? fail(name))]),
  );
}

function fail(name: string): never {
  throw new Error(`no value for {${name}}`);
}

// Apps and accounts are what the reader looks for in a sentence.
const strongPlaces = new Set(["app", "account", "username"]);

function markPlace(place: string, value: unknown, text: string, clock: Clock): string {
  if (value instanceof Date) return timeTag(place, value, clock);
  const plain = String(valueOf({ [place]: value as string }, place, text));
  if (place === "email") return mailLink(plain);
  const name = `<bdi>${escapeHtml(plain)}</bdi>`;
  return strongPlaces.has(place) ? `<b>${name}</b>` : name;
}

function mailLink(address: string): string {
  return `<a href="mailto:${escapeHtml(encodeURI(address))}"><bdi>${escapeHtml(address)}</bdi></a>`;
}

function timeTag(place: string, at: Date, clock: Clock): string {
  const text = place === "day" ? formatDay(at, clock) : formatMoment(at, clock);
  const exact = escapeHtml(formatExact(at, clock));
  return `<time datetime="${at.toISOString()}" title="${exact}">${escapeHtml(text)}</time>`;
}

function clockOf(globals: object): Clock {
  return (globals as { clock: Clock }).clock;
}
