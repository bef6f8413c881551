#!/bin/sh
# Packages for Python that run sops, with ours as their sops: sopsy, pydantic-settings-sops; and a check of files for pre-commit.
# PYTHON names the interpreter that has them.
. "${0%/*}/../../tap.sh"
. "$TOP/tests/age.sh"
PYTHON=${PYTHON:-python3}
command -v "$PYTHON" >/dev/null || skip_all "$PYTHON is not installed"
mkdir names && ln -s "$BIN/hubsecrets" names/sops
PATH=$T/names:$PATH
printf 'token: s3cret\nport: 8000\nnested:\n  key: deep\n' >f.yaml
printf '{"token": "s3cret", "port": 8000}' >f.json
for file in f.*; do hubsecrets encrypt --age $AGE $file >e.${file#f.}; done
has_module() { "$PYTHON" -c "import $1" 2>/dev/null; }

if has_module sopsy; then
	cat >use_sopsy.py <<END
from sopsy import Sops
print(Sops("e.yaml").decrypt())
print(Sops("e.json", extract='["port"]').decrypt(to_dict=False))
print(Sops("e.yaml").get("token"))
Sops("new.yaml", in_place=True, config_dict={"creation_rules": [{"age": "$AGE"}]}).encrypt()
Sops("new.yaml", in_place=True).rotate()
print(Sops("new.yaml").decrypt())
try:
    Sops("f.yaml").decrypt()
except Exception as error:
    print(type(error).__name__, "metadata not found" in str(error))
END
	cp f.yaml new.yaml
	runs 0 "sopsy" "$PYTHON" use_sopsy.py
	want="{'token': 's3cret', 'port': 8000, 'nested': {'key': 'deep'}}"
	is "$(sed -n '1p;3,4p' out)" "$want
s3cret
$want" "reads, encrypts and rotates"
	is "$(sed -n 2p out | tr -d "b'\"")" 8000 "takes one value"
	is "$(sed -n 5p out)" "SopsyCommandFailedError True" "and has our words in its exception"
else
	skip "sopsy is not installed"
fi

if has_module pydantic_settings_sops; then
	cat >settings.py <<'END'
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings_sops import SOPSConfigSettingsSource

class Nested(BaseModel):
    key: str

class Settings(BaseSettings):
    token: str
    port: int
    nested: Nested
    model_config = SettingsConfigDict(yaml_file="e.yaml")

    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings):
        return (SOPSConfigSettingsSource(settings_cls),)

print(Settings().model_dump())
END
	runs 0 "pydantic-settings-sops" "$PYTHON" settings.py
	is "$(cat out)" "{'token': 's3cret', 'port': 8000, 'nested': {'key': 'deep'}}" "reads settings"
else
	skip "pydantic-settings-sops is not installed"
fi

if has_module pre_commit_hook_ensure_sops; then
	runs 0 "pre-commit-hook-ensure-sops" "$PYTHON" -m pre_commit_hook_ensure_sops e.yaml e.json
	runs 1 "it finds a file in clear" "$PYTHON" -m pre_commit_hook_ensure_sops f.yaml
else
	skip "pre-commit-hook-ensure-sops is not installed"
fi
done_testing
