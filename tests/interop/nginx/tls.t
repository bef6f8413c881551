#!/bin/sh
# TLS as hubkeys speaks it, in front of hubkms: whose certificate it takes, and whose not.
. "${0%/*}/../../tap.sh"
PATH=$PATH:/usr/sbin
needs nginx openssl
. "$TOP/tests/kms.sh"
. "$TOP/tests/faulty.sh"

A=arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000001
kms_start --key $A
backend=${AWS_ENDPOINT_URL#http://}

# An authority of our own, and certificates by it.
authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" -days 30 \
	    -subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE >/dev/null 2>&1
}
certificate() {		# AUTHORITY NAME DNS
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$2.key" -out "$2.csr" -subj "/CN=$3" >/dev/null 2>&1
	printf 'subjectAltName=DNS:%s\n' "$3" >"$2.ext"
	openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days 30 -extfile "$2.ext" -out "$2.pem" >/dev/null 2>&1
}
authority ca
authority stranger
certificate ca good localhost
certificate ca other other.example
[ -s good.pem ] && [ -s other.pem ]; ok $? "certificates are made" || { done_testing; }

# Free ports: those that somebody else takes in between are tried again.
port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'; }
nginx_start() {		# the rest of the configuration of a server behind "good" and "other"
	GOOD=$(port) OTHER=$(port) OLD=$(port)
	mkdir -p nginx
	cat >nginx.conf <<-END
		daemon off;
		pid $T/nginx/pid;
		error_log $T/nginx/error.log;
		events { worker_connections 200; }
		http {
			log_format protocols '\$server_protocol \$connection';
			access_log $T/nginx/access.log protocols;
			client_body_temp_path $T/nginx/body; proxy_temp_path $T/nginx/proxy; fastcgi_temp_path $T/nginx/f;
			uwsgi_temp_path $T/nginx/u; scgi_temp_path $T/nginx/s;
			proxy_set_header Host \$http_host;
			proxy_pass_header Date;
			server {
				listen 127.0.0.1:$GOOD ssl http2;
				ssl_certificate $T/good.pem; ssl_certificate_key $T/good.key;
				location / { proxy_pass http://$1; }
			}
			server {
				listen 127.0.0.1:$OTHER ssl;
				ssl_certificate $T/other.pem; ssl_certificate_key $T/other.key;
				location / { proxy_pass http://$1; }
			}
			server {
				listen 127.0.0.1:$OLD ssl;
				ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;
				ssl_certificate $T/good.pem; ssl_certificate_key $T/good.key;
				location / { proxy_pass http://$1; }
			}
		}
	END
	: >nginx/error.log
	nginx -p "$T/nginx" -c "$T/nginx.conf" 2>nginx.err &
	nginx_pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ -s nginx/pid ] && return 0
		kill -0 $nginx_pid 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/# /' nginx.err nginx/error.log
	return 1
}
nginx_stop() {
	[ -n "$nginx_pid" ] || return 0
	kill $nginx_pid 2>/dev/null
	wait $nginx_pid 2>/dev/null
	nginx_pid=
	rm -f nginx/pid
}
nginx_pid=
at_exit nginx_stop
nginx_start "$backend"; ok $? "nginx stands before hubkms" || done_testing

describe() { runs "$1" "$2" "$LIBEXEC/hubkeys" describe $A; }
export AWS_ENDPOINT_URL=https://localhost:$GOOD
describe 1 "a certificate of an unknown authority is refused"
has err "is not trusted" "and says why"
has err "AWS_CA_BUNDLE" "and what to do"
is "$(wc -l <kms.log | tr -d ' ')" 0 "and nothing was sent"
export AWS_CA_BUNDLE=$T/ca.pem
describe 0 "it is accepted when AWS_CA_BUNDLE names that authority"
AWS_CA_BUNDLE=$T/stranger.pem
describe 1 "another authority does not do"
AWS_CA_BUNDLE=$T/nowhere.pem
describe 1 "a bundle that is not there is an error"
has err "AWS_CA_BUNDLE" "which names the setting"
printf 'no certificate\n' >empty.pem
AWS_CA_BUNDLE=$T/empty.pem
describe 1 "one without a certificate too"
unset AWS_CA_BUNDLE
SSL_CERT_FILE=$T/ca.pem
export SSL_CERT_FILE
describe 0 "SSL_CERT_FILE does as well"
unset SSL_CERT_FILE
mkdir -p .aws
printf '[default]\nca_bundle = %s\n' "$T/ca.pem" >.aws/config
describe 0 "and so does ca_bundle in the profile"
rm .aws/config
export AWS_CA_BUNDLE=$T/ca.pem
AWS_ENDPOINT_URL=https://localhost:$OTHER
describe 1 "a certificate for another host is refused"
has err "is not trusted" "and says why"
AWS_ENDPOINT_URL=https://127.0.0.1:$GOOD
describe 1 "a name is not an address"
AWS_ENDPOINT_URL=https://localhost:$OLD
describe 1 "TLS 1.1 is refused"
AWS_ENDPOINT_URL=https://localhost:${backend##*:}
describe 1 "a server without TLS is refused, not asked in clear"

# HTTP/2: many questions share one connection.
AWS_ENDPOINT_URL=https://localhost:$GOOD
: >nginx/access.log
nginx -p "$T/nginx" -c "$T/nginx.conf" -s reopen 2>/dev/null
sleep 0.2
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "wrap key=$A payload=$i"; done | ask
is "$(grep -c 'asked ok' answers)" 12 "twelve questions are answered"
is "$(cut -d' ' -f1 nginx/access.log | sort -u)" HTTP/2.0 "over HTTP/2"
is "$(cut -d' ' -f2 nginx/access.log | sort -u | wc -l | tr -d ' ')" 1 "and one connection"
nginx_stop
kms_stop

# A wrong clock is corrected by the date of a server whose certificate was checked, once.
faulty_start skew=7200 '200:{"Plaintext":"MDEyMw=="}'
nginx_start "${AWS_ENDPOINT_URL#http://}"
AWS_ENDPOINT_URL=https://localhost:$GOOD
ask <<-END
	unwrap key=$A payload=AAAA
END
answered "0 asked ok 0123" "a wrong clock is corrected"
early=$(awk 'NR == 1 { print substr($3, 1, 8) substr($3, 10, 4) }' faulty.log)
late=$(awk 'NR == 2 { print substr($3, 1, 8) substr($3, 10, 4) }' faulty.log)
want=$(date -u -d "${early%????} $(echo "$early" | cut -c9-10):$(echo "$early" | cut -c11-12) 2 hours" +%Y%m%d%H%M)
after=$(date -u -d "${early%????} $(echo "$early" | cut -c9-10):$(echo "$early" | cut -c11-12) 2 hours 1 minute" +%Y%m%d%H%M)
[ "$late" = "$want" ] || [ "$late" = "$after" ]; ok $? "by what the server said ($early, $late)"
nginx_stop
faulty_stop
faulty_start skew=7200 skew=72000 skew=7200
nginx_start "${AWS_ENDPOINT_URL#http://}"
AWS_ENDPOINT_URL=https://localhost:$GOOD
ask <<-END
	unwrap key=$A payload=AAAA
END
answered "0 asked denied .*clock" "a server that is never content is not"
is "$(wc -l <faulty.log | tr -d ' ')" 2 "believed twice"
done_testing
