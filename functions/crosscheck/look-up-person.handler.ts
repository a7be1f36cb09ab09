import { z } from 'zod';
import { explain, isRefusal } from '../../schemas/errors.ts';
import { LookupRequest } from '../../schemas/lookup.ts';
import { auditTrail } from '../console/audit-trail.ts';
import { isRevoked } from '../console/revoked-keys.ts';
import { snapshotStore } from '../intake/snapshot-store.ts';
import { environment } from '../runtime/env.ts';
import { httpHandler, problem } from '../runtime/http.ts';
import { dynamoItems } from '../runtime/items.ts';
import { keptHere } from '../runtime/kept-files.ts';
import { fetchToFile } from '../runtime/object-store.ts';
import { hubSecret } from '../runtime/secret.ts';
import { withWorkFolder } from '../runtime/work-folder.ts';
import { type LookupDependencies, lookUpPerson } from './look-up-person.ts';

const env = environment({ LAKE_BUCKET: z.string(), AUDIT_TABLE: z.string() });

const dependencies: LookupDependencies = {
  newestRegister: () => snapshotStore.newest('enrolment'),
  keptFiles: keptHere(),
  fetchToFile: (key, path) => fetchToFile(env.LAKE_BUCKET, key, path),
  withWorkFolder,
  secret: hubSecret,
};

/** A question about one person comes in; whether the register knows cover goes out, and who asked is kept. */
export const handler = httpHandler(
  (api) => {
    api.use(auditTrail(dynamoItems, env.AUDIT_TABLE));
    api.post('/persons/lookup', async (context) => {
      const request = LookupRequest.parse(await context.req.json());
      const answer = await lookUpPerson(dependencies, request, context.get('now'));
      if (isRefusal(answer)) return problem(422, answer.code, explain(answer).zh, explain(answer).en);
      context.set('about', { person_ref: answer.person_ref, purpose: request.purpose });
      return context.json(answer);
    });
  },
  { isRevoked: isRevoked(dynamoItems, env.AUDIT_TABLE) },
);
