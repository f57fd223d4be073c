import { useSearchParams } from "react-router";

/** The design of a campaign is its own copy; whoever came from there goes back there. */
export function useBack(): [to: string, words: string] {
  const campaign = useSearchParams()[0].get("campaign");
  return campaign && /^\w+$/.test(campaign) ? [`/campaigns/${campaign}/edit`, "Back to the campaign"] : ["/templates", "Back to the templates"];
}
