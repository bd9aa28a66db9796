// The load of the document server's benchmark, in C on libmongoc so that the client takes little of the machine.
//
//   docstore-load PORT OPERATION COUNT
//
// One connection, one operation after the other, retryable writes as drivers do them by default. It fails on the first
// answer that is not what was asked for, and prints how many operations it made.
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 1000, PAGE = 20, AUTHORS = 1000, PAGED = 20000 };

static mongoc_client_t *client;
static const char *text =
   "a harbour at dawn, pink mist over the water, three fishing boats, the light of a lantern in the window of a house on "
   "the quay, painted in the manner of an old master, with long soft shadows and a sky that takes up half of the canvas; "
   "gulls, wet stone, a rope in the foreground, and far out the first ship of the day, its sails still grey against the ";

static void fail(const char *what, const char *why) {
   fprintf(stderr, "docstore-load: %s: %s\n", what, why);
   exit(1);
}

static mongoc_collection_t *collection(const char *name) { return mongoc_client_get_collection(client, "bench", name); }

static uint64_t next_random(void) {
   static uint64_t state = 88172645463325252ull;
   state ^= state << 13;
   state ^= state >> 7;
   return state ^= state << 17;
}

// A post as the suite stores them: 1 KB in 22 fields, of which three are nested. `number` decides its author and age.
static bson_t *post(int64_t number, bool numbered) {
   bson_t *document = bson_new(), inner, array;
   bson_oid_t author;
   uint8_t raw[12] = {0x66, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
   raw[10] = (uint8_t)(number % AUTHORS >> 8);
   raw[11] = (uint8_t)(number % AUTHORS);
   bson_oid_init_from_data(&author, raw);
   if (numbered) {
      BSON_APPEND_INT64(document, "_id", number);
   } else {
      bson_oid_t id;
      bson_oid_init(&id, NULL);
      BSON_APPEND_OID(document, "_id", &id);
   }
   BSON_APPEND_OID(document, "userId", &author);
   BSON_APPEND_DATE_TIME(document, "createdAt", 1700000000000ll + number * 977);
   BSON_APPEND_UTF8(document, "prompt", text);
   BSON_APPEND_UTF8(document, "negativePrompt", "blurred, text, watermark, low quality, extra fingers, frame");
   BSON_APPEND_UTF8(document, "status", "approved");
   BSON_APPEND_UTF8(document, "model", "painter-2");
   BSON_APPEND_UTF8(document, "title", "A harbour at dawn");
   BSON_APPEND_INT32(document, "width", 1024);
   BSON_APPEND_INT32(document, "height", 768);
   BSON_APPEND_INT64(document, "seed", 4711 + number);
   BSON_APPEND_INT64(document, "votes", 0);
   BSON_APPEND_DOUBLE(document, "rank", 0.25);
   BSON_APPEND_BOOL(document, "isHidden", false);
   BSON_APPEND_UTF8(document, "imageKey", "images/2026/11/21/0f3a9c55d2b84b6f9b0c/full.avif");
   BSON_APPEND_UTF8(document, "thumbnailKey", "images/2026/11/21/0f3a9c55d2b84b6f9b0c/small.avif");
   BSON_APPEND_UTF8(document, "digest", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
   BSON_APPEND_DOCUMENT_BEGIN(document, "author", &inner);
   BSON_APPEND_UTF8(&inner, "name", "ada");
   BSON_APPEND_UTF8(&inner, "displayName", "Ada Lovelace");
   BSON_APPEND_UTF8(&inner, "avatarKey", "avatars/66/0001/ada-large.avif");
   bson_append_document_end(document, &inner);
   BSON_APPEND_ARRAY_BEGIN(document, "tags", &array);
   BSON_APPEND_UTF8(&array, "0", "harbour");
   BSON_APPEND_UTF8(&array, "1", "dawn");
   BSON_APPEND_UTF8(&array, "2", "mist");
   bson_append_array_end(document, &array);
   BSON_APPEND_DOCUMENT_BEGIN(document, "counters", &inner);
   BSON_APPEND_INT64(&inner, "comments", 0);
   BSON_APPEND_INT64(&inner, "shares", 0);
   bson_append_document_end(document, &inner);
   BSON_APPEND_DATE_TIME(document, "updatedAt", 1700000000000ll + number * 977);
   int missing = 1024 - (int)document->len - 11;
   if (missing > 0) bson_append_utf8(document, "note", 4, text, missing);
   return document;
}

static void index_on(const char *name, const char *first, const char *second) {
   bson_t *command = second ? BCON_NEW("createIndexes", name, "indexes", "[", "{", "key", "{", first, BCON_INT32(1), second,
                                       BCON_INT32(-1), "}", "name", "by", "}", "]")
                            : BCON_NEW("createIndexes", name, "indexes", "[", "{", "key", "{", first, BCON_INT32(1), "}",
                                       "name", "by", "}", "]");
   bson_error_t error;
   if (!mongoc_client_command_simple(client, "bench", command, NULL, NULL, &error)) fail("createIndexes", error.message);
   bson_destroy(command);
}

static void insert(int64_t count, bool journaled) {
   mongoc_collection_t *posts = collection("inserted");
   bson_t *options = journaled ? BCON_NEW("writeConcern", "{", "w", BCON_INT32(1), "j", BCON_BOOL(true), "}") : NULL;
   bson_error_t error;
   for (int64_t number = 0; number < count; number++) {
      bson_t *document = post(number, false);
      if (!mongoc_collection_insert_one(posts, document, options, NULL, &error)) fail("insert", error.message);
      bson_destroy(document);
   }
}

static void bulk(const char *name, int64_t count, bool numbered) {
   mongoc_collection_t *posts = collection(name);
   bson_error_t error;
   bson_t *batch[BATCH];
   for (int64_t first = 0; first < count; first += BATCH) {
      int size = count - first < BATCH ? (int)(count - first) : BATCH;
      for (int i = 0; i < size; i++) batch[i] = post(first + i, numbered);
      if (!mongoc_collection_insert_many(posts, (const bson_t **)batch, (size_t)size, NULL, NULL, &error))
         fail("insert many", error.message);
      for (int i = 0; i < size; i++) bson_destroy(batch[i]);
   }
}

// Documents of 100 bytes or so: a million of them for the look-ups.
static void fill_small(int64_t count) {
   mongoc_collection_t *people = collection("people");
   bson_error_t error;
   bson_t *batch[BATCH];
   index_on("people", "name", NULL);
   for (int64_t first = 0; first < count; first += BATCH) {
      for (int i = 0; i < BATCH; i++) {
         char name[32];
         snprintf(name, sizeof name, "person-%07lld", (long long)(first + i));
         batch[i] = BCON_NEW("_id", BCON_INT64(first + i), "name", BCON_UTF8(name), "city", "Turin", "age", BCON_INT32(36));
      }
      if (!mongoc_collection_insert_many(people, (const bson_t **)batch, BATCH, NULL, NULL, &error))
         fail("insert many", error.message);
      for (int i = 0; i < BATCH; i++) bson_destroy(batch[i]);
   }
}

// Reads a cursor to its end, which must come after `wanted` documents (any number where it is negative).
static int64_t drain(mongoc_cursor_t *cursor, int64_t wanted) {
   const bson_t *document;
   bson_error_t error;
   int64_t found = 0;
   while (mongoc_cursor_next(cursor, &document)) found++;
   if (mongoc_cursor_error(cursor, &error)) fail("cursor", error.message);
   if (wanted >= 0 && found != wanted) fail("cursor", "not as many documents as there are");
   mongoc_cursor_destroy(cursor);
   return found;
}

static void find(int64_t count) {
   mongoc_collection_t *posts = collection("posts");
   for (int64_t i = 0; i < count; i++) {
      bson_t *filter = BCON_NEW("_id", BCON_INT64((int64_t)(next_random() % PAGED)));
      bson_t *options = BCON_NEW("limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true));
      drain(mongoc_collection_find_with_opts(posts, filter, options, NULL), 1);
      bson_destroy(filter);
      bson_destroy(options);
   }
}

static void look_up(int64_t count) {
   mongoc_collection_t *people = collection("people");
   for (int64_t i = 0; i < count; i++) {
      char name[32];
      snprintf(name, sizeof name, "person-%07lld", (long long)(next_random() % 1000000));
      bson_t *filter = BCON_NEW("name", BCON_UTF8(name));
      drain(mongoc_collection_find_with_opts(people, filter, NULL, NULL), 1);
      bson_destroy(filter);
   }
}

static void update(int64_t count, bool journaled) {
   mongoc_collection_t *posts = collection("posts");
   bson_t *options = journaled ? BCON_NEW("writeConcern", "{", "w", BCON_INT32(1), "j", BCON_BOOL(true), "}") : NULL;
   bson_error_t error;
   for (int64_t i = 0; i < count; i++) {
      bson_t reply;
      bson_iter_t field;
      bson_t *filter = BCON_NEW("_id", BCON_INT64((int64_t)(next_random() % PAGED)));
      bson_t *change = BCON_NEW("$inc", "{", "votes", BCON_INT64(1), "}", "$set", "{", "rank", BCON_DOUBLE((double)i), "}");
      if (!mongoc_collection_update_one(posts, filter, change, options, &reply, &error)) fail("update", error.message);
      if (!bson_iter_init_find(&field, &reply, "modifiedCount") || bson_iter_as_int64(&field) != 1)
         fail("update", "nothing was modified");
      bson_destroy(filter);
      bson_destroy(change);
      bson_destroy(&reply);
   }
}

static void page(int64_t count) {
   mongoc_collection_t *posts = collection("posts");
   bson_t *options = BCON_NEW("sort", "{", "createdAt", BCON_INT32(-1), "}", "limit", BCON_INT64(PAGE));
   for (int64_t i = 0; i < count; i++) {
      bson_oid_t author;
      uint64_t number = next_random() % AUTHORS;
      uint8_t raw[12] = {0x66, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number};
      bson_oid_init_from_data(&author, raw);
      bson_t *filter = BCON_NEW("userId", BCON_OID(&author));
      drain(mongoc_collection_find_with_opts(posts, filter, options, NULL), PAGE);
      bson_destroy(filter);
   }
}

static void scan(const char *name, int64_t count) {
   bson_t filter = BSON_INITIALIZER;
   drain(mongoc_collection_find_with_opts(collection(name), &filter, NULL, NULL), count);
}

int main(int argc, char **argv) {
   if (argc != 4) return 2;
   char uri[64];
   snprintf(uri, sizeof uri, "mongodb://127.0.0.1:%s/?retryWrites=true", argv[1]);
   const char *operation = argv[2];
   int64_t count = atoll(argv[3]);
   mongoc_init();
   client = mongoc_client_new(uri);
   if (!client) return 2;
   if (!strcmp(operation, "insert")) insert(count, false);
   else if (!strcmp(operation, "insert-journaled")) insert(count, true);
   else if (!strcmp(operation, "bulk")) bulk("inserted", count, false);
   else if (!strcmp(operation, "find")) find(count);
   else if (!strcmp(operation, "update")) update(count, false);
   else if (!strcmp(operation, "update-journaled")) update(count, true);
   else if (!strcmp(operation, "page")) page(count);
   else if (!strcmp(operation, "look-up")) look_up(count);
   else if (!strcmp(operation, "scan")) scan("large", count);
   else if (!strcmp(operation, "fill-people")) fill_small(count);
   else if (!strcmp(operation, "fill-large")) bulk("large", count, true);
   else if (!strcmp(operation, "fill-posts")) {
      index_on("posts", "userId", "createdAt");
      bulk("posts", PAGED, true);
   } else return 2;
   printf("%lld\n", (long long)count);
   mongoc_client_destroy(client);
   return 0;
}
