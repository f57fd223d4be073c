import { expect, it } from "vitest";
import { addressesIn } from "./addresses";
import { cellOf, csvOf } from "./csv";

it("reads addresses however they are pasted, each once", () => {
  const text = 'ann@example.com, Bob <bob@example.com>;\n"Cid, D." <cid@example.com>\tANN@example.com dot@example.co.uk';
  expect(addressesIn(text)).toEqual({ addresses: ["ann@example.com", "bob@example.com", "cid@example.com", "dot@example.co.uk"], unread: ['"Cid'] });
});

it("says what is no address", () => {
  expect(addressesIn("ann@example\nnot one\n@x.com").unread).toEqual(["ann@example", "not one", "@x.com"]);
  expect(addressesIn("  \n ")).toEqual({ addresses: [], unread: [] });
});

it("writes cells that no spreadsheet calculates", () => {
  expect(['=1+1', "+41791234567", "-3", 'a "b", c', "", null, true].map(cellOf)).toEqual(["'=1+1", "+41791234567", "'-3", '"a ""b"", c"', "", "", "true"]);
});

it("writes each member with the consent there is", () => {
  const subscriptions = { email: { marketing: { consent: "SUBSCRIBED", can_receive_email_marketing: true, consent_timestamp: "2026-01-02T03:04:05+00:00" } } };
  const member = { type: "profile", id: "01X", attributes: { email: "ann@example.com", location: { city: "Bern" }, subscriptions } };
  const [head, row, rest] = csvOf([member as never]).split("\r\n");
  expect(head).toContain("Email consent,Email consent since,Email may be sent");
  expect(row).toBe("01X,ann@example.com,,,,,,,,Bern,,,,SUBSCRIBED,2026-01-02T03:04:05+00:00,true,,,");
  expect(rest).toBe("");
});
