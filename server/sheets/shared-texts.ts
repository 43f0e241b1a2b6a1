import { failure } from "../contract/failure.ts";
import { readXml } from "./read-xml.ts";
import { readLimits } from "./source.ts";

/** Bytes of the texts that the cells of one workbook may share. */
const mostBytes = 192 * 1024 * 1024;

/**
 * The texts that cells of a workbook point to. They lie as bytes beside each other: as strings, the texts of a large
 * workbook would take several times the memory.
 */
export class SharedTexts {
  #bytes = Buffer.alloc(0);
  #used = 0;
  /** Where each text ends. */
  #ends = new Uint32Array(1024);
  #count = 0;

  static async read(content: AsyncIterable<Buffer> | undefined): Promise<SharedTexts> {
    const texts = new SharedTexts();
    if (content === undefined) return texts;
    let text = "";
    let hears = false;
    let phonetic = 0;
    await readXml(content, {
      open(name) {
        if (name === "si") text = "";
        else if (name === "rPh") phonetic += 1;
        else if (name === "t") hears = phonetic === 0;
      },
      text(part) {
        if (!hears) return;
        text += part;
        if (text.length > readLimits.cellCharacters) {
          throw failure("import.cellTooLarge", { data: { row: 0, most: readLimits.cellCharacters } });
        }
      },
      close(name) {
        if (name === "t") hears = false;
        else if (name === "rPh") phonetic -= 1;
        else if (name === "si") texts.#add(text);
      },
    });
    return texts;
  }

  /** @throws import.fileBroken */
  at(place: number): string {
    if (!Number.isInteger(place) || place < 0 || place >= this.#count) throw failure("import.fileBroken");
    const text = this.#bytes.toString("utf8", place === 0 ? 0 : this.#ends[place - 1], this.#ends[place]);
    return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }

  #add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#used + length > mostBytes) throw failure("import.unpacksTooLarge");
    if (this.#used + length > this.#bytes.length) {
      const more = Buffer.alloc(Math.min(mostBytes, Math.max(64 * 1024, this.#bytes.length * 2, this.#used + length)));
      this.#bytes.copy(more, 0, 0, this.#used);
      this.#bytes = more;
    }
    this.#bytes.write(text, this.#used);
    this.#used += length;
    if (this.#count === this.#ends.length) {
      const more = new Uint32Array(this.#ends.length * 2);
      more.set(this.#ends);
      this.#ends = more;
    }
    this.#ends[this.#count] = this.#used;
    this.#count += 1;
  }
}
