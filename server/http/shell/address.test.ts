import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { addressReader, isPrivate } from "./address.ts";

function request(peer: string, forwarded?: string): IncomingMessage {
  return { socket: { remoteAddress: peer }, headers: { "x-forwarded-for": forwarded } } as unknown as IncomingMessage;
}

const read = addressReader(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"]);

test.each([
  ["a stranger's word counts for nothing", "203.0.113.5", "1.2.3.4", "203.0.113.5"],
  ["a trusted proxy says who asked", "10.0.0.1", "203.0.113.5", "203.0.113.5"],
  ["what stands left of the client is the client's own word", "10.0.0.1", "1.2.3.4, 203.0.113.5", "203.0.113.5"],
  ["several trusted proxies are passed over", "10.0.0.1", "203.0.113.5, 192.0.2.1,10.9.9.9", "203.0.113.5"],
  ["all are trusted: the first is the client", "10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"],
  ["what is no address ends the reading", "10.0.0.1", "203.0.113.5, unknown, 10.0.0.3", "10.0.0.3"],
  ["no header at all", "10.0.0.1", undefined, "10.0.0.1"],
  ["an empty header", "10.0.0.1", " , ", "10.0.0.1"],
  ["a port is left out", "10.0.0.1", "203.0.113.5:4711", "203.0.113.5"],
  ["brackets are left out", "10.0.0.1", "[2001:4860::1]:4711", "2001:4860::1"],
  ["IPv4 in IPv6 clothes", "::ffff:10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"],
  ["an IPv6 proxy", "2001:db8::1", "203.0.113.5", "203.0.113.5"],
  ["a number is no address", "10.0.0.1", "3405803781", "10.0.0.1"],
])("[S6] %s", (_what, peer, forwarded, expected) => {
  expect(read(request(peer, forwarded)).address).toBe(expected);
});

test.each([
  ["127.0.0.1", true],
  ["::1", true],
  ["10.1.2.3", true],
  ["172.16.0.1", true],
  ["fd00::1", true],
  ["169.254.1.1", true],
  ["203.0.113.5", false],
  ["100.64.0.1", false],
  ["2001:4860::1", false],
  ["", false],
])("[C5] %s is private: %s", (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});
