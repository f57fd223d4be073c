import { expect, test } from "vitest";
import { fromTags, toTags } from "./tags";

test.each([
  "<p>Hello {{ first_name|default:'there' }}, welcome</p>",
  `<p>{% if person.city == "Berlin" %}Hallo{% else %}Hello{% endif %}</p>`,
  `<p><a href="{{ event.url }}">{{ event|lookup:'Item "x"' }}</a></p>`,
  "<p>{% if event.total > 10 and event.total < 20 %}x{% endif %}</p>",
  "<p>a &lt; b &amp; c</p>",
])("a tag is one thing in the text and comes back as it was: %s", (html) => {
  expect(fromTags(toTags(html))).toBe(html);
});

test("tags within an address stay there", () => {
  expect(toTags(`<a href="{{ event.url }}">x</a>`)).toBe(`<a href="{{ event.url }}">x</a>`);
});

test("items of a list have no paragraph of their own, and an empty line has height", () => {
  expect(fromTags("<ul><li><p>one</p></li></ul><p></p>")).toBe("<ul><li>one</li></ul><p>&nbsp;</p>");
});
