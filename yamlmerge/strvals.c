#include "yamlmerge/strvals.h"

const char *const strvals_option[STRVALS_KINDS] = {
	[STRVALS_JSON] = "set-json", [STRVALS_TYPED] = "set", [STRVALS_STRING] = "set-string", [STRVALS_FILE] = "set-file",
	[STRVALS_LITERAL] = "set-literal",
};

int
strvals_apply(struct merged *into, const struct layer *layer, const struct strvals *strvals, struct error *err)
{
	(void)into;
	(void)layer;
	return err_set(err, ERR_UNSUPPORTED, "--%s is not supported yet", strvals_option[strvals->kind]);
}
