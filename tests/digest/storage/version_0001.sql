BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE articles (
	digest TEXT NOT NULL, 
	text TEXT NOT NULL, 
	source TEXT NOT NULL, 
	ref TEXT NOT NULL, 
	url TEXT, 
	fetched_at DATETIME NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE attempts (
	id TEXT NOT NULL, 
	edition_id INTEGER NOT NULL, 
	batch INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	owner TEXT NOT NULL, 
	provider TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	readers INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	outcome TEXT, 
	status INTEGER, 
	detail TEXT, 
	ended_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(edition_id, batch) REFERENCES batches (edition_id, number)
);
INSERT INTO "attempts" VALUES('MkrVN1jZUKB3gFo2C7_d_Q',1,1,1,'834d090532f9039d','main','0baaa1a6afd49da41f0bb6ecbe2bfc743fc5ee2c7c441effb418c6de2f922345',5,'2026-11-23 07:00:00.000000','answered',200,'','2026-11-23 07:00:00.000000');
INSERT INTO "attempts" VALUES('RBgt-DJVe7O6zjmWGc-Y7A',1,2,1,'834d090532f9039d','main','dc0f97ea7858f90d13c030f59803deeb8a6d3fb38dad1d2f92ace31dc3750be8',5,'2026-11-23 07:00:00.000000','unknown',500,'HTTP 500','2026-11-23 07:00:00.000000');
INSERT INTO "attempts" VALUES('flying',1,3,1,'a-worker-that-died','main','0000000000000000000000000000000000000000000000000000000000000000',5,'2026-11-23 07:00:00.000000',NULL,NULL,NULL,NULL);
CREATE TABLE batches (
	edition_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	first INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	fence INTEGER DEFAULT '0' NOT NULL, 
	owner TEXT, 
	lease_until FLOAT DEFAULT '0' NOT NULL, 
	not_before FLOAT DEFAULT '0' NOT NULL, 
	refusals INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (edition_id, number), 
	FOREIGN KEY(edition_id) REFERENCES editions (id)
);
INSERT INTO "batches" VALUES(1,1,1,5,'settled',1,'834d090532f9039d',1.79546900965801835064e+09,1.79546894967298507686e+09,0);
INSERT INTO "batches" VALUES(1,2,6,10,'unknown',1,'834d090532f9039d',1.79546900967499685293e+09,1.79546894967801427844e+09,0);
INSERT INTO "batches" VALUES(1,3,11,15,'flying',1,'a-worker-that-died',1795469009.67902,0.0,0);
INSERT INTO "batches" VALUES(1,4,16,20,'claimed',1,'a-worker-that-died',1.79546900968199729924e+09,0.0,0);
INSERT INTO "batches" VALUES(1,5,21,25,'ready',0,NULL,0.0,0.0,0);
INSERT INTO "batches" VALUES(1,6,26,30,'ready',0,NULL,0.0,0.0,0);
CREATE TABLE consents (
	id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	event TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	source TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_consents PRIMARY KEY (id), 
	CONSTRAINT ck_consents_event CHECK (event IN ('subscribed', 'unsubscribed'))
);
INSERT INTO "consents" VALUES(1,1,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(2,2,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(3,3,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(4,4,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(5,5,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(6,6,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(7,7,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(8,8,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(9,9,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(10,10,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(11,11,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(12,12,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(13,13,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(14,14,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(15,15,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(16,16,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(17,17,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(18,18,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(19,19,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(20,20,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(21,21,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(22,22,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(23,23,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(24,24,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(25,25,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(26,26,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(27,27,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(28,28,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(29,29,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
INSERT INTO "consents" VALUES(30,30,'morning','subscribed','2026-11-23 07:00:00.000000','test','');
CREATE TABLE deliveries (
	edition_id INTEGER NOT NULL, 
	subscriber_id INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	shown TEXT NOT NULL, 
	name TEXT NOT NULL, 
	since DATETIME, 
	language TEXT NOT NULL, 
	topics TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempt TEXT, 
	provider_id TEXT, 
	reason TEXT, 
	detail TEXT, 
	PRIMARY KEY (edition_id, subscriber_id), 
	FOREIGN KEY(edition_id) REFERENCES editions (id), 
	CONSTRAINT one_delivery_each_address UNIQUE (edition_id, address)
)
 WITHOUT ROWID

;
INSERT INTO "deliveries" VALUES(1,1,'reader1@example.org','reader1@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','accepted','MkrVN1jZUKB3gFo2C7_d_Q','m1',NULL,'');
INSERT INTO "deliveries" VALUES(1,2,'reader2@example.org','reader2@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','accepted','MkrVN1jZUKB3gFo2C7_d_Q','m2',NULL,'');
INSERT INTO "deliveries" VALUES(1,3,'reader3@example.org','reader3@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','accepted','MkrVN1jZUKB3gFo2C7_d_Q','m3',NULL,'');
INSERT INTO "deliveries" VALUES(1,4,'reader4@example.org','reader4@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','accepted','MkrVN1jZUKB3gFo2C7_d_Q','m4',NULL,'');
INSERT INTO "deliveries" VALUES(1,5,'reader5@example.org','reader5@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','accepted','MkrVN1jZUKB3gFo2C7_d_Q','m5',NULL,'');
INSERT INTO "deliveries" VALUES(1,6,'reader6@example.org','reader6@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','unknown','RBgt-DJVe7O6zjmWGc-Y7A',NULL,'answer','HTTP 500');
INSERT INTO "deliveries" VALUES(1,7,'reader7@example.org','reader7@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','unknown','RBgt-DJVe7O6zjmWGc-Y7A',NULL,'answer','HTTP 500');
INSERT INTO "deliveries" VALUES(1,8,'reader8@example.org','reader8@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','unknown','RBgt-DJVe7O6zjmWGc-Y7A',NULL,'answer','HTTP 500');
INSERT INTO "deliveries" VALUES(1,9,'reader9@example.org','reader9@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','unknown','RBgt-DJVe7O6zjmWGc-Y7A',NULL,'answer','HTTP 500');
INSERT INTO "deliveries" VALUES(1,10,'reader10@example.org','reader10@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','unknown','RBgt-DJVe7O6zjmWGc-Y7A',NULL,'answer','HTTP 500');
INSERT INTO "deliveries" VALUES(1,11,'reader11@example.org','reader11@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','in_flight','flying',NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,12,'reader12@example.org','reader12@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','in_flight','flying',NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,13,'reader13@example.org','reader13@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','in_flight','flying',NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,14,'reader14@example.org','reader14@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','in_flight','flying',NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,15,'reader15@example.org','reader15@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','in_flight','flying',NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,16,'reader16@example.org','reader16@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,17,'reader17@example.org','reader17@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,18,'reader18@example.org','reader18@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,19,'reader19@example.org','reader19@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,20,'reader20@example.org','reader20@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,21,'reader21@example.org','reader21@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,22,'reader22@example.org','reader22@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,23,'reader23@example.org','reader23@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,24,'reader24@example.org','reader24@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,25,'reader25@example.org','reader25@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,26,'reader26@example.org','reader26@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,27,'reader27@example.org','reader27@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,28,'reader28@example.org','reader28@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,29,'reader29@example.org','reader29@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(1,30,'reader30@example.org','reader30@example.org','Ada Ö','2026-11-23 07:00:00.000000','','','pending',NULL,NULL,NULL,NULL);
CREATE TABLE edition_stories (
	edition_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	article TEXT NOT NULL, 
	PRIMARY KEY (edition_id, position), 
	FOREIGN KEY(article) REFERENCES articles (digest), 
	FOREIGN KEY(edition_id) REFERENCES editions (id)
);
CREATE TABLE editions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	public_id TEXT NOT NULL, 
	newsletter TEXT NOT NULL, 
	issue_date DATE NOT NULL, 
	state TEXT NOT NULL, 
	scheduled BOOLEAN NOT NULL, 
	due_at DATETIME, 
	subject TEXT NOT NULL, 
	content TEXT NOT NULL, 
	message TEXT NOT NULL, 
	sender JSON NOT NULL, 
	provider TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	overrides JSON NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	created_at DATETIME NOT NULL, 
	approved_at DATETIME, 
	approved_by TEXT, 
	started_at DATETIME, 
	finished_at DATETIME, 
	planned INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT one_edition_each_date UNIQUE (newsletter, issue_date), 
	UNIQUE (public_id)
);
INSERT INTO "editions" VALUES(1,'public23','morning','2026-11-23','sending',0,NULL,'The Morning Tide: Salt works reopen','{"stories":[],"left_out":[],"findings":[],"corrections":[],"folder":null}','{"default":"en","messages":{"en":{"html":["<!DOCTYPE html><html><body><p>“Salt & light”</p><p>",["sent_to","html"],"</p><a href=\"",["unsubscribe_url","html"],"\">Unsubscribe</a></body></html>"],"plan":{"also":"","minutes":[],"sections":[],"stories":[],"summary":0},"sent_to":["It was sent to %(address)s, a subscriber.","It was sent to %(address)s, a subscriber since %(date)s.","en"],"subject":["The Morning Tide: Salt works reopen"],"text":["“Salt & light”\n\n",["sent_to","text"],"\n",["unsubscribe_url","text"],"\n"]}}}','{"title": "The Morning Tide", "from_name": "The Morning Tide", "from_address": "tide@news.example.org", "reply_to": "desk@news.example.org", "list_id": "morning.news.example.org", "language": "en", "base_url": "https://digest.example.org", "kind": "postmark", "stream": "broadcast", "signing_key": "1fd9d9ddd172"}','main','5ec5718aefbe4046e102621a188b321d247453daded68fd13ae4e3934498d942','{}','','2026-11-23 07:00:00.000000','2026-11-23 07:00:00.000000','test','2026-11-23 07:00:00.000000',NULL,30);
CREATE TABLE pictures (
	address TEXT NOT NULL, 
	etag TEXT, 
	last_modified TEXT, 
	name TEXT, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	refused TEXT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	PRIMARY KEY (address)
);
CREATE TABLE pushed_articles (
	id INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	article TEXT NOT NULL, 
	received_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_push_each_key UNIQUE (source, "key")
);
CREATE TABLE source_states (
	source TEXT NOT NULL, 
	url TEXT, 
	etag TEXT, 
	last_modified TEXT, 
	pages TEXT NOT NULL, 
	articles TEXT NOT NULL, 
	error TEXT NOT NULL, 
	fetched_at DATETIME, 
	PRIMARY KEY (source)
);
CREATE TABLE subscribers (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	address TEXT NOT NULL, 
	shown TEXT NOT NULL, 
	name TEXT NOT NULL, 
	language TEXT NOT NULL, 
	zone TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT uq_subscribers_address UNIQUE (address)
);
INSERT INTO "subscribers" VALUES(1,'reader1@example.org','reader1@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(2,'reader2@example.org','reader2@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(3,'reader3@example.org','reader3@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(4,'reader4@example.org','reader4@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(5,'reader5@example.org','reader5@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(6,'reader6@example.org','reader6@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(7,'reader7@example.org','reader7@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(8,'reader8@example.org','reader8@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(9,'reader9@example.org','reader9@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(10,'reader10@example.org','reader10@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(11,'reader11@example.org','reader11@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(12,'reader12@example.org','reader12@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(13,'reader13@example.org','reader13@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(14,'reader14@example.org','reader14@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(15,'reader15@example.org','reader15@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(16,'reader16@example.org','reader16@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(17,'reader17@example.org','reader17@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(18,'reader18@example.org','reader18@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(19,'reader19@example.org','reader19@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(20,'reader20@example.org','reader20@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(21,'reader21@example.org','reader21@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(22,'reader22@example.org','reader22@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(23,'reader23@example.org','reader23@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(24,'reader24@example.org','reader24@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(25,'reader25@example.org','reader25@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(26,'reader26@example.org','reader26@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(27,'reader27@example.org','reader27@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(28,'reader28@example.org','reader28@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(29,'reader29@example.org','reader29@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
INSERT INTO "subscribers" VALUES(30,'reader30@example.org','reader30@example.org','Ada Ö','','','2026-11-23 07:00:00.000000');
CREATE TABLE subscriptions (
	subscriber_id INTEGER NOT NULL, 
	newsletter TEXT NOT NULL, 
	state TEXT NOT NULL, 
	since DATETIME, 
	ended_at DATETIME, 
	topics TEXT NOT NULL, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (subscriber_id, newsletter), 
	CONSTRAINT ck_subscriptions_state CHECK (state IN ('active', 'unsubscribed')), 
	CONSTRAINT fk_subscriptions_subscriber_id_subscribers FOREIGN KEY(subscriber_id) REFERENCES subscribers (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "subscriptions" VALUES(1,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(2,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(3,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(4,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(5,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(6,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(7,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(8,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(9,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(10,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(11,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(12,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(13,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(14,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(15,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(16,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(17,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(18,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(19,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(20,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(21,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(22,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(23,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(24,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(25,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(26,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(27,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(28,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(29,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
INSERT INTO "subscriptions" VALUES(30,'morning','active','2026-11-23 07:00:00.000000',NULL,'');
CREATE TABLE suppressions (
	address TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_suppressions PRIMARY KEY (address), 
	CONSTRAINT ck_suppressions_reason CHECK (reason IN ('complained', 'bounced', 'unsubscribed', 'erased', 'by-hand'))
);
CREATE INDEX batches_to_claim ON batches (edition_id, state, number);
CREATE INDEX deliveries_uncertain ON deliveries (edition_id, state) WHERE state IN ('unknown', 'held', 'quarantined', 'rejected');
CREATE INDEX stories_sent_before ON edition_stories (newsletter, article);
CREATE INDEX attempts_of_a_batch ON attempts (edition_id, batch);
CREATE INDEX ix_consents_subscriber_id ON consents (subscriber_id);
CREATE INDEX pushed_lately ON pushed_articles (source, received_at);
CREATE INDEX ix_subscriptions_newsletter_state_subscriber_id ON subscriptions (newsletter, state, subscriber_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('subscribers',30);
INSERT INTO "sqlite_sequence" VALUES('editions',1);
COMMIT;
