import { Badge, Button, Group, Select } from "@mantine/core";
import { IconFilter, IconPlus, IconStar } from "@tabler/icons-react";
import { useEffect } from "react";
import { Link } from "react-router";
import { includedOf, type Included } from "../../api/records";
import { useSegments } from "../../grammar/queries";
import { useSizes, type Sizes } from "./queries";
import type { Many, Resource, Segment } from "../../api/types";
import { useAddress } from "../../ui/address";
import { Offered } from "../../ui/Offered";
import { Card } from "../../ui/Page";
import { SearchBox } from "../../ui/SearchBox";
import { Sparkline } from "../../ui/Sparkline";
import { Empty } from "../../ui/States";
import { DataTable, type SortableColumn as Column } from "../../ui/table/DataTable";
import { useOrder } from "../../ui/table/useOrder";
import { Time } from "../../ui/Time";
import { SegmentState, Star } from "./State";
import { Size } from "./Size";

type Row = Resource<Segment>;

const CREATE = (
  <Offered by="create_segment">
    <Button component={Link} to="/audiences/segments/new" leftSection={<IconPlus size={16} />} size="sm">
      Create a segment
    </Button>
  </Offered>
);

/** Every segment of the account, with the ways to find one. */
export function Segments() {
  const [search] = useAddress("q");
  const [starred, setStarred] = useAddress("starred");
  const [active, setActive] = useAddress("active");
  const [order, onOrder] = useOrder("order", "name");
  const query = useSegments({ starred: starred === "1", active, sort: order });
  const pages = useFound(query, search);
  const narrowed = Boolean(search || starred || active);
  return (
    <Card title="Segments" aside={CREATE} flush>
      <Group px={{ base: "md", sm: 20 }} pb="sm" gap="xs">
        <SearchBox name="q" placeholder="Search segments by name" />
        <Select
          aria-label="State"
          placeholder="Any state"
          data={[
            { value: "true", label: "Active" },
            { value: "false", label: "Inactive" },
          ]}
          value={active || null}
          onChange={setActive}
          clearable
          w={130}
        />
        <Button
          variant={starred ? "light" : "default"}
          leftSection={<IconStar size={16} />}
          aria-pressed={starred === "1"}
          onClick={() => setStarred(starred ? null : "1")}
        >
          Starred
        </Button>
      </Group>
      <DataTable
        pages={pages}
        columns={columnsOf(includedOf(query.data), useSizes().data)}
        to={({ id }) => `/audiences/segments/${id}`}
        empty={narrowed ? <NothingFound /> : <NoneYet />}
        label="Segments"
        order={order}
        onOrder={onOrder}
      />
    </Card>
  );
}

/** The API finds a name only as a whole, so all pages are fetched and looked through here. */
function useFound(query: ReturnType<typeof useSegments>, search: string): ReturnType<typeof useSegments> {
  const { hasNextPage, isFetchingNextPage, error, fetchNextPage } = query;
  useEffect(() => {
    if (search && hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [search, hasNextPage, isFetchingNextPage, error, fetchNextPage]);
  const wanted = search.toLowerCase();
  const fits = ({ attributes }: Row) => (attributes.name ?? "").toLowerCase().includes(wanted);
  const narrow = (page: Many<Segment>) => ({ ...page, data: page.data.filter(fits) });
  return query.data && search ? ({ ...query, data: { ...query.data, pages: query.data.pages.map(narrow) } } as typeof query) : query;
}

function columnsOf(included: Included, sizes: Sizes | undefined): Column<Row>[] {
  return [
    { label: "Name", cell: (row) => <Name row={row} included={included} />, phone: "lead", sort: "name" },
    { label: "Star", cell: ({ id, attributes }) => <Star id={id} starred={attributes.is_starred === true} />, phone: "more", width: 60 },
    { label: "State", cell: ({ id, attributes }) => <SegmentState id={id} of={attributes} />, phone: "more", width: 150 },
    { label: "30 days", cell: (row) => <Trend of={row} sizes={sizes} />, phone: "none", width: 130 },
    { label: "Members", cell: ({ id }) => <Size id={id} />, right: true, phone: "end", width: 90 },
    { label: "Created", cell: ({ attributes }) => <Time at={attributes.created} />, right: true, phone: "none", width: 120, sort: "-created" },
    { label: "Updated", cell: ({ attributes }) => <Time at={attributes.updated} />, right: true, phone: "more", width: 120, sort: "-updated" },
  ];
}

const DAY = 86_400_000;

/** Nothing, as long as the segment is too young for a line: before it was made it had no size. */
function Trend({ of, sizes }: { of: Row; sizes: Sizes | undefined }) {
  const created = Date.parse(of.attributes.created ?? "");
  const values = sizes?.sizes.get(of.id)?.map((size, place) => (Date.parse(sizes.days[place] ?? "") + DAY > created ? size : null));
  return <Sparkline values={values ?? []} label="Size over the last 30 days" />;
}

function Name({ row, included }: { row: Row; included: Included }) {
  const refs = [row.relationships?.tags?.data ?? []].flat();
  const tags = refs.map(({ type, id }) => included.get(`${type}:${id}`)?.attributes as { name: string } | undefined);
  return (
    <>
      {row.attributes.name ?? row.id}
      {tags.map((tag, place) => (
        <Badge key={place} color="gray" size="xs" tt="none" ml={6}>
          {tag?.name}
        </Badge>
      ))}
    </>
  );
}

function NoneYet() {
  return (
    <Empty icon={IconFilter} title="No segments yet" action={CREATE}>
      Say who belongs together, by what they did or who they are. It fills itself and follows what people do within a second.
    </Empty>
  );
}

function NothingFound() {
  return (
    <Empty icon={IconFilter} title="No such segment">
      No segment fits what is searched for here. Clear the search or the filters to see all of them.
    </Empty>
  );
}
