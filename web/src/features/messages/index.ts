export { asSeen } from "./asSeen";
export { useMessages } from "./queries";
export { recipientOf } from "./words";
export { StatusFilter } from "./StatusFilter";
export { MessageTable } from "./Table";
