import { errors } from '@sluice/protocol';
import type { Input, Responses } from '@sluice/protocol';
import { groupOperations } from './authorized-operations.ts';
import type { BrokerState, Handler } from './handler.ts';

const NONE = errors.NONE.code;
const FIRST_MEMBER_ID_REQUIRED_VERSION = 4;
const FIRST_BATCHED_LEAVE_VERSION = 3;
const FIRST_GROUP_NOT_FOUND_VERSION = 6;
const FIRST_NULL_PROTOCOL_VERSION = 7;
const FIRST_SKIP_ASSIGNMENT_VERSION = 9;

export const joinGroup: Handler<'JoinGroup'> = async (broker, request, context) => {
  const result = await broker.groups.join(request.groupId, {
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    // Version 0 had one timeout for both.
    rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
    protocolType: request.protocolType,
    // The request's memory is not kept for the life of a member.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
    isMemberIdRequired: context.version >= FIRST_MEMBER_ID_REQUIRED_VERSION,
    isSkipAssignmentKnown: context.version >= FIRST_SKIP_ASSIGNMENT_VERSION,
  });
  const { skipAssignment, ...response } = result;
  const protocolName = context.version >= FIRST_NULL_PROTOCOL_VERSION ? result.protocolName : (result.protocolName ?? '');
  return { ...response, protocolName, ...(skipAssignment ? { skipAssignment } : {}) };
};

export const syncGroup: Handler<'SyncGroup'> = (broker, request) => {
  const assignments = request.assignments.map(({ memberId, assignment }) => ({ memberId, assignment: Buffer.from(assignment) }));
  return broker.groups.sync(request.groupId, { ...request, assignments });
};

export const heartbeat: Handler<'Heartbeat'> = (broker, request) => ({ errorCode: broker.groups.heartbeat(request.groupId, request) });

export const leaveGroup: Handler<'LeaveGroup'> = (broker, request, context) => {
  const { groupId, memberId } = request;
  if (context.version < FIRST_BATCHED_LEAVE_VERSION)
    return { errorCode: broker.groups.leave(groupId, { memberId, groupInstanceId: null }) };
  const members = request.members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    errorCode: broker.groups.leave(groupId, member),
  }));
  return { errorCode: NONE, members };
};

export const describeGroups: Handler<'DescribeGroups'> = (broker, request, context) => ({
  groups: request.groups.map((groupId) => {
    const described = describeGroup(broker, groupId, context.version);
    return request.includeAuthorizedOperations ? { ...described, authorizedOperations: groupOperations(true) } : described;
  }),
});

function describeGroup(broker: BrokerState, groupId: string, version: number): Input<Responses['DescribeGroups']['groups'][number]> {
  const group = broker.groups.group(groupId);
  if (group === null) {
    const isError = version >= FIRST_GROUP_NOT_FOUND_VERSION;
    return {
      errorCode: isError ? errors.GROUP_ID_NOT_FOUND.code : NONE,
      ...(isError ? { errorMessage: `Group ${groupId} not found.` } : {}),
      groupId,
      groupState: 'Dead',
    };
  }
  const members = group.members().map((member) => ({
    memberId: member.id,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    memberMetadata: group.describedMetadata(member),
    memberAssignment: member.assignment,
  }));
  return { errorCode: NONE, groupId, groupState: group.state, protocolType: group.protocolType, protocolData: group.protocolName, members };
}

export const listGroups: Handler<'ListGroups'> = (broker, request) => {
  const states = new Set(request.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(request.typesFilter.map((type) => type.toLowerCase()));
  const groups = [...broker.groups.groups()]
    .filter(({ state }) => states.size === 0 || states.has(state.toLowerCase()))
    .filter(() => types.size === 0 || types.has('classic'))
    .map(({ id, protocolType, state }) => ({ groupId: id, protocolType, groupState: state, groupType: 'Classic' }));
  return { errorCode: NONE, groups };
};

export const deleteGroups: Handler<'DeleteGroups'> = async (broker, request) => {
  const results = [];
  for (const groupId of request.groupsNames) results.push({ groupId, errorCode: await broker.groups.delete(groupId) });
  return { results };
};
