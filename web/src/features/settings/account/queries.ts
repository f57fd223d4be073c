import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, useFresh, useSend, type Answer } from "../../../api/ask";
import { versionOf } from "../../../api/client";
import type { Opened } from "../../../ui/form/useEdit";
import type { Change } from "../../../ui/form/useFormEdit";

type Document = Answer<"get_account">;

const question = (id: string) => ask("get_account", { path: { id } });

export const useDetails = () => useQuery(question(useAccount().account_id));

/** The account as it is now, whatever is kept of it. */
export const useFreshDetails = () => useFresh(question(useAccount().account_id));

/** Of the account, as the API has it, with empty texts for what is missing: the shop. */
export interface Shop {
  contact_information: { organization_name: string; website_url: string };
  industry: string;
  timezone: string;
  locale: string;
  preferred_currency: string;
}

/** Of the account too: who mail comes from, and the postal address. */
export interface Identity {
  contact_information: {
    default_sender_name: string;
    default_sender_email: string;
    street_address: Record<"address1" | "address2" | "zip" | "city" | "region" | "country", string>;
  };
}

const said = (text: string | null | undefined) => text ?? "";

export function openedShop(document: Document): Opened<Shop> {
  const { contact_information: contact, industry, timezone, locale, preferred_currency } = document.data.attributes;
  const { organization_name, website_url } = contact;
  const contact_information = { organization_name, website_url: said(website_url) };
  return { values: { contact_information, industry: said(industry), timezone, locale, preferred_currency }, version: versionOf(document) };
}

export function openedIdentity(document: Document): Opened<Identity> {
  const { default_sender_name, default_sender_email, street_address } = document.data.attributes.contact_information;
  const { address1, address2, zip, city, region, country } = street_address;
  const address = {
    address1: said(address1),
    address2: said(address2),
    zip: said(zip),
    city: said(city),
    region: said(region),
    country: said(country),
  };
  return { values: { contact_information: { default_sender_name, default_sender_email, street_address: address } }, version: versionOf(document) };
}

/** Saves what was changed of the account. */
export function useSaveDetails<Draft>() {
  const { account_id: id } = useAccount();
  return useSend("update_account", ({ changes, version }: Change<Draft>) => ({
    path: { id },
    version,
    data: { type: "account", id, attributes: changes } as never,
  }));
}
