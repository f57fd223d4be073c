import { useQuery } from "@tanstack/react-query";
import { useAccount } from "../../../api/account";
import { ask, useSend, type AttributesOf } from "../../../api/ask";

export type Details = AttributesOf<"get_account">;

export function useDetails() {
  const { account_id: id } = useAccount();
  return useQuery(ask("get_account", { path: { id } }));
}

/** What the form holds: as the API has it, with empty texts for what is missing. */
export interface Draft {
  contact_information: {
    organization_name: string;
    website_url: string;
    default_sender_name: string;
    default_sender_email: string;
    street_address: Record<"address1" | "address2" | "zip" | "city" | "region" | "country", string>;
  };
  industry: string;
  timezone: string;
  locale: string;
  preferred_currency: string;
}

export function draftOf(details: Details): Draft {
  const { contact_information: contact, industry, timezone, locale, preferred_currency } = details;
  const { address1, address2, zip, city, region, country } = contact.street_address;
  const said = (text: string | null | undefined) => text ?? "";
  return {
    contact_information: {
      organization_name: contact.organization_name,
      website_url: said(contact.website_url),
      default_sender_name: contact.default_sender_name,
      default_sender_email: contact.default_sender_email,
      street_address: {
        address1: said(address1),
        address2: said(address2),
        zip: said(zip),
        city: said(city),
        region: said(region),
        country: said(country),
      },
    },
    industry: said(industry),
    timezone,
    locale,
    preferred_currency,
  };
}

export function useSaveDetails() {
  const { account_id: id } = useAccount();
  return useSend("update_account", ({ contact_information, ...rest }: Draft) => {
    const { organization_name, website_url } = contact_information;
    const attributes = { ...rest, contact_information: { organization_name, website_url } };
    return { path: { id }, data: { type: "account", id, attributes } as never };
  });
}

/** Who mail comes from and the postal address, and nothing else of the account. */
export function useSaveIdentity() {
  const { account_id: id } = useAccount();
  return useSend("update_account", ({ contact_information }: Draft) => {
    const { default_sender_name, default_sender_email, street_address } = contact_information;
    const attributes = { contact_information: { default_sender_name, default_sender_email, street_address } };
    return { path: { id }, data: { type: "account", id, attributes } as never };
  });
}
