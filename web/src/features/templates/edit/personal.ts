/** What is known of a person, to be put into a text: the names that every profile has, and this account's own properties. */

import { useRecentProfiles } from "../../../grammar/queries";

export interface Personal {
  readonly words: string;
  readonly code: string;
}

export interface PersonalGroup {
  readonly title: string;
  readonly items: readonly Personal[];
}

const PERSON: readonly Personal[] = [
  { words: "First name", code: "{{ first_name|default:'there' }}" },
  { words: "Last name", code: "{{ last_name }}" },
  { words: "E-mail address", code: "{{ email }}" },
  { words: "City", code: "{{ person.city }}" },
  { words: "Country", code: "{{ person.country }}" },
];

const ACCOUNT: readonly Personal[] = [
  { words: "Name of the shop", code: "{{ organization.name }}" },
  { words: "Postal address", code: "{{ organization.full_address }}" },
  { words: "Link to unsubscribe", code: "{% unsubscribe %}" },
  { words: "Link to preferences", code: "{% manage_preferences %}" },
  { words: "Link to the mail in the browser", code: "{% web_view %}" },
  { words: "This year", code: "{% current_year %}" },
];

const PLAIN = /^[A-Za-z_]\w*$/;

export function usePersonal(): PersonalGroup[] {
  const people = useRecentProfiles().data?.data ?? [];
  const names = [...new Set(people.flatMap(({ attributes }) => Object.keys(attributes.properties ?? {})))].sort();
  // what a name can't hold in the language is looked up by its text
  const own = names.slice(0, 50).map((name) => ({ words: name, code: PLAIN.test(name) ? `{{ person.${name} }}` : `{{ person|lookup:'${name.replace(/'/g, "\\'")}' }}` }));
  return [{ title: "Person", items: PERSON }, ...(own.length > 0 ? [{ title: "Properties of your people", items: own }] : []), { title: "Shop and links", items: ACCOUNT }];
}
