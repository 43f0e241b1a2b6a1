import { failure } from "../contract/failure.ts";

/** What is told of an XML file as it is read. Names have no prefix. */
export interface XmlListener {
  open(name: string, attributes: string): void;
  close(name: string): void;
  text(text: string): void;
}

/** More than any tag or text of a sheet has. */
const mostCharacters = 256 * 1024;

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * Reads the XML of a workbook as it comes. There are no entities but those of XML itself, since a document type is
 * refused: nothing can grow by being read, and nothing outside is asked for.
 *
 * @throws import.fileBroken import.encodingWrong
 */
export async function readXml(parts: AsyncIterable<Buffer>, listener: XmlListener, after?: () => void): Promise<void> {
  for await (const _ of xmlSteps(parts, listener)) after?.();
}

/** The same, a step at a time, for those who pass on what they have heard so far. */
export async function* xmlSteps(parts: AsyncIterable<Buffer>, listener: XmlListener): AsyncGenerator<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = new XmlReader(listener);
  for await (const bytes of parts) {
    reader.push(decode(decoder, bytes));
    yield;
  }
  reader.push(decode(decoder, undefined));
  reader.end();
  yield;
}

function decode(decoder: TextDecoder, bytes: Buffer | undefined): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (cause) {
    throw failure("import.fileBroken", { cause });
  }
}

class XmlReader {
  readonly #listener: XmlListener;
  #rest = "";
  #depth = 0;

  constructor(listener: XmlListener) {
    this.#listener = listener;
  }

  push(more: string): void {
    const text = this.#rest + more;
    let at = 0;
    for (;;) {
      const open = text.indexOf("<", at);
      if (open < 0) break;
      const end = endOfMarkup(text, open);
      if (end < 0) {
        // The text before it waits, too, so that it is told in one piece.
        break;
      }
      if (open > at) this.#listener.text(unescaped(text.slice(at, open)));
      this.#markup(text, open, end);
      at = end;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > mostCharacters) throw failure("import.fileBroken");
  }

  end(): void {
    if (this.#rest.trim() !== "" || this.#depth !== 0) throw failure("import.fileBroken");
  }

  #markup(text: string, open: number, end: number): void {
    const second = text.charAt(open + 1);
    if (second === "?") return;
    if (second === "!") {
      if (text.startsWith("<![CDATA[", open)) this.#listener.text(text.slice(open + 9, end - 3));
      else if (!text.startsWith("<!--", open)) throw failure("import.fileBroken");
      return;
    }
    if (second === "/") {
      this.#depth -= 1;
      this.#listener.close(bare(text.slice(open + 2, end - 1).trimEnd()));
      return;
    }
    const isEmpty = text.charAt(end - 2) === "/";
    const inner = text.slice(open + 1, end - (isEmpty ? 2 : 1));
    const space = inner.search(/\s/);
    const name = bare(space < 0 ? inner : inner.slice(0, space));
    this.#listener.open(name, space < 0 ? "" : inner.slice(space));
    if (isEmpty) this.#listener.close(name);
    else this.#depth += 1;
  }
}

/** Where markup ends that begins at `open`; -1 while it has not come whole. */
function endOfMarkup(text: string, open: number): number {
  const ends = (mark: string) => {
    const found = text.indexOf(mark, open);
    return found < 0 ? -1 : found + mark.length;
  };
  if (text.startsWith("<!--", open)) return ends("-->");
  if (text.startsWith("<![CDATA[", open)) return ends("]]>");
  if (text.startsWith("<?", open)) return ends("?>");
  if (text.startsWith("<!", open) && text.length - open < 9) return -1;
  let end = text.indexOf(">", open);
  // The sign may stand in an attribute.
  while (end >= 0 && isQuoted(text, open, end)) end = text.indexOf(">", end + 1);
  return end < 0 ? -1 : end + 1;
}

function isQuoted(text: string, from: number, to: number): boolean {
  let mark = "";
  for (let at = from; at < to; at += 1) {
    const one = text.charAt(at);
    if (mark === "" ? one === '"' || one === "'" : one === mark) mark = mark === "" ? one : "";
  }
  return mark !== "";
}

function bare(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** The value of an attribute. */
export function attribute(attributes: string, name: string): string | undefined {
  const found = new RegExp(`\\s(?:[\\w.-]+:)?${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  const value = found?.[1] ?? found?.[2];
  return value === undefined ? undefined : unescaped(value);
}

function unescaped(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi,
    (_, hex?: string, decimal?: string, name?: string) => {
      const known = name === undefined ? undefined : named[name];
      if (known !== undefined) return known;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal);
      if (!(code <= 0x10ffff)) throw failure("import.fileBroken");
      return String.fromCodePoint(code);
    },
  );
}
