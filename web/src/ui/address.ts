import { useSearchParams } from "react-router";

/** One value of the address bar's query, as state. Setting it replaces the entry, so Back leaves the page, not the filter. */
export function useAddress(name: string): [string, (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string | null) =>
    setParams(
      () => {
        // of the address as it is: another value may have been set since this was drawn, as by a search that settles late
        const next = new URLSearchParams(location.search);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return [params.get(name) ?? "", set];
}
