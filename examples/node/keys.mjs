// SPDX-License-Identifier: Apache-2.0
//
// Registers a key where three arguments tell which, and prints all keys that are registered: libastra_cmk.so from Node.js.
//
// usage: npm ci; ASTRA_API_TOKEN=... node keys.mjs [CLOUD REGION KEY_ID]
// LD_LIBRARY_PATH where the library is in no system folder.
import { promisify } from 'node:util';
import koffi from 'koffi';

// deep: Node exports the symbols of an OpenSSL of its own. Without it libcurl may be bound to that one, whose
// version is another.
const cmk = koffi.load('libastra_cmk.so', { deep: true });
koffi.disposable('Text', 'str', cmk.func('void astra_free(void *memory)'));
const Add = koffi.proto('void Add(void *report, int severity, str attribute, str summary, str detail)');
koffi.struct('Report', { add: koffi.pointer(Add) });

const open = cmk.func('void *astra_session_open(str token, str token_file, str api_url, str organization_id, '
  + 'int32_t max_retries, double request_timeout, void *log, Report *report)');
const close = cmk.func('void astra_session_close(void *session)');
const create = cmk.func('int astra_cmk_key_create(void *session, str cloud_provider, str region, str key_id, '
  + '_Out_ Text *id, _Out_ Text *organization_id, Report *report)');
const list = cmk.func('int astra_cmk_key_list(void *session, _Out_ Text *json, Report *report)');

const complain = koffi.register((report, severity, attribute, summary, detail) => {
  console.error(`${severity === 1 ? 'error' : 'warning'}: ${summary}\n${detail}`);
}, koffi.pointer(Add));
const report = { add: complain };

// On threads of koffi's, so that Node stays free meanwhile. Reports come back to this thread by themselves.
const call = (f, ...parameters) => promisify(f.async)(...parameters);

const session = open(null, null, null, null, 5, 60, null, report);
let status = session ? 0 : 2;
if (status === 0 && process.argv.length === 5) {
  status = await call(create, session, ...process.argv.slice(2), [null], [null], report);
}
if (status === 0) {
  const json = [null];
  status = await call(list, session, json, report);
  for (const key of JSON.parse(json[0] ?? '[]')) {
    console.log(key.id, key.key_id);
  }
}
close(session);
koffi.unregister(complain);
process.exitCode = status;
