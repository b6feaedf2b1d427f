"""Bodies that break careless programs: wrong encodings, cut off, bombs, NUL, lone surrogates, absurd depth."""

DEEP = 100_000
_BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

HOSTILE: dict[str, tuple[str, bytes]] = {
    "empty": ("application/json", b""),
    "only NUL": ("application/octet-stream", b"\x00" * 50),
    "random bytes": ("application/json", bytes(range(256)) * 4),
    "latin-1 said to be utf-8": ("application/json; charset=utf-8", '{"name":"Zoë","phone":"0612345671"}'.encode("latin-1")),
    "utf-16": ("application/json", '{"name":"Zoë","phone":"0612345672"}'.encode("utf-16")),
    "utf-16 without a mark": ("application/json", '{"name":"Zoë","phone":"0612345672"}'.encode("utf-16-le")),
    "utf-7": ("application/json; charset=utf-7", b'{"name":"Zo+AOs-","phone":"0612345673"}'),
    "an encoding that does not exist": ("application/json; charset=klingon", b'{"name":"Zoe"}'),
    "cut off JSON": ("application/json", b'{"name":"Piet Jansen","phone":"06123'),
    "JSON that is a number": ("application/json", b"42"),
    "JSON that is null": ("application/json", b"null"),
    "a huge number": ("application/json", b'{"name":"Piet","year":' + b"9" * 4000 + b',"phone":612345674}'),
    "not a number": ("application/json", b'{"name":"Piet","year":NaN,"budget":1e999,"phone":"0612345675"}'),
    "NUL escaped": ("application/json", b'{"name":"Pi\\u0000et","message":"a\\u0000b","phone":"06\\u000012345676",'
        b'"email":"p\\u0000@example.com","extra\\u0000":"x\\u0000","vehicle":{"make":"V\\u0000W"}}'),
    "NUL raw": ("application/json", b'{"name":"Pi\x00et","phone":"0612345676","message":"a\x00b"}'),
    "NUL in a form": ("application/x-www-form-urlencoded", b"name=Pi%00et&phone=0612345676&message=%00&x%00=y"),
    "lone surrogates": ("application/json", b'{"name":"\\ud800Piet","message":"\\udfff?","phone":"0612345677",'
        b'"email":"\\ud800@example.com","x\\ud800":"\\udc00","vehicle":{"make":"\\ud83d"}}'),
    "surrogates as bytes": ("application/json", b'{"name":"Piet \xed\xa0\x80","phone":"0612345677"}'),
    "deep list": ("application/json", b"[" * DEEP),
    "deep object": ("application/json", b'{"a":' * 40_000 + b"1" + b"}" * 40_000),
    "deep and closed": ("application/json", b'{"name":"Piet","x":' + b"[" * 900 + b"]" * 900 + b"}"),
    "two thousand fields": ("application/json", b"{" + b",".join(b'"f%d":"v"' % n for n in range(2500)) + b"}"),
    "everything is a list": ("application/json", b'{"name":["a",{"b":[]}],"phone":[["06"],{}],"email":[],"message":{"x":1}}'),
    "very long values": ("application/json", b'{"name":"' + b"N" * 60000 + b'","phone":"0612345678","email":"'
        + b"e" * 5000 + b'@example.com","message":"' + b"m" * 60000 + b'","vehicle":{"model":"' + b"g" * 9000 + b'"}}'),
    "emoji and right-to-left": ("application/json", '{"name":"\u202e👩‍👩‍👧‍👦 Ж","phone":"0612345679","message":"\u2066𝔊\ufeff"}'.encode()),
    "control characters": ("application/json", b'{"name":"\\u0007\\u001b[31mPiet\\r\\nBcc: x@example.com","phone":"0612345670"}'),
    "sql and templates": ("application/json", b'{"name":"\'); DROP TABLE lead;--","message":"{{7*7}} %s%n {0.__class__}"}'),
    "multipart without a boundary": ("multipart/form-data", b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nPiet'),
    "percent signs": ("application/x-www-form-urlencoded", b"%&%zz=%&=&name=%ff%fe&phone=0612345670"),
    "cut off ADF": ("application/xml", b"<?adf version='1.0'?><adf><prospect><customer><contact><name>Piet</na"),
    "billion laughs": ("application/xml", f'<!DOCTYPE adf [<!ENTITY l0 "lol">{_BOMB}]><adf><prospect><customer>'
        "<contact><name>&l9;</name></contact></customer></prospect></adf>".encode()),
    "a file by entity": ("application/xml", b'<!DOCTYPE adf [<!ENTITY x SYSTEM "file:///etc/passwd">]><adf><prospect>'
        b"<customer><contact><name>&x;</name><phone>0612345671</phone></contact><comments>&x;</comments></customer></prospect></adf>"),
    "a foreign DTD": ("application/xml", b'<!DOCTYPE adf SYSTEM "http://127.0.0.1:9/x.dtd"><adf><prospect/></adf>'),
    "deep XML": ("application/xml", b"<adf>" + b"<a>" * 80_000),
    "deep and closed XML": ("application/xml", b"<adf><prospect>" + b"<a>" * 20000 + b"</a>" * 20000 + b"</prospect></adf>"),
    "NUL in XML": ("application/xml", b"<adf><prospect><customer><contact><name>Pi\x00et&#0;</name></contact></customer></prospect></adf>"),
    "XML in utf-16": ("application/xml", "<?xml version='1.0' encoding='utf-16'?><adf><prospect><customer><contact><name>Zoë</name>"
        "<phone>0612345672</phone></contact></customer></prospect></adf>".encode("utf-16")),
    "XML with a false encoding": ("application/xml", "<?xml version='1.0' encoding='utf-8'?><adf><prospect><customer><contact>"
        "<name>Zoë</name></contact></customer></prospect></adf>".encode("latin-1")),
    "many attributes": ("application/xml", b"<adf " + b" ".join(b'a%d="1"' % n for n in range(3000)) + b"/>"),
    "another XML": ("application/xml", b"<rss><channel><title>x</title></channel></rss>"),
    "a list of strings": ("application/json", b'["a", 1, null]'),
}  # fmt: skip
