import { expect, test } from "vitest";
import { originOf } from "./origin.ts";

const nowhere = { placeOf: () => undefined, operatorOf: () => undefined };

test.each([
  ["203.0.113.77", "203.0.113.0/24"],
  ["203.0.113.1", "203.0.113.0/24"],
  ["203.0.114.1", "203.0.114.0/24"],
  ["::ffff:203.0.113.9", "203.0.113.0/24"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"],
  ["2001:db8:1:ffff::1", "2001:db8:1::/48"],
  ["2001:db8:2::1", "2001:db8:2::/48"],
  ["nonsense", "unknown"],
  [undefined, "unknown"],
])("[S3] without a database the network of %s is %s", (address, network) => {
  expect(originOf(nowhere, address)).toEqual({ network, place: null });
});

test("[S3] a database names the operator and the place instead", () => {
  const places = { placeOf: () => ({ country: "JP", region: "13", city: {} }), operatorOf: () => 64496 };
  expect(originOf(places, "203.0.113.77")).toEqual({ network: "AS64496", place: "JP-13" });
  const small = { placeOf: () => ({ country: "MC", region: null, city: {} }), operatorOf: () => undefined };
  expect(originOf(small, "203.0.113.77")).toEqual({ network: "203.0.113.0/24", place: "MC" });
});
