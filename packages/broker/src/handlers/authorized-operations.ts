// Without an authorizer everybody may do everything: the bits of all operations that a resource knows. Source: AclOperation.java, AclEntry.supportedOperations

const NOT_ASKED = -2147483648;
const TOPIC = bits(3, 4, 5, 6, 7, 8, 10, 11);
const GROUP = bits(3, 6, 8, 10, 11);
const CLUSTER = bits(5, 7, 8, 9, 10, 11, 12);

function bits(...operations: number[]): number {
  return operations.reduce((sum, operation) => sum | (1 << operation), 0);
}

export function topicOperations(isAsked: boolean): number {
  return isAsked ? TOPIC : NOT_ASKED;
}

export function groupOperations(isAsked: boolean): number {
  return isAsked ? GROUP : NOT_ASKED;
}

export function clusterOperations(isAsked: boolean): number {
  return isAsked ? CLUSTER : NOT_ASKED;
}
