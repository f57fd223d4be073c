export { asSeen } from "./asSeen";
export { useMessages } from "./queries";
export { StatusFilter } from "./StatusFilter";
export { MessageTable } from "./Table";
