#ifndef YAMLMERGE_CHECK_CHARTS_H
#define YAMLMERGE_CHECK_CHARTS_H

/*
 * What may stand in the values of JupyterHub's chart and of dask-gateway's, in any of their versions: a YAML map of samples.  Helm fetches
 * these charts when it deploys, so a repository seldom has them, and a hub that is alone has no other to be compared with.
 *
 *	"" 0 true null		a value of that kind; null: of any
 *	{a: "", b: {}}		a map in which these keys are known
 *	{"*": ""}		a map with names of the user's choice, alone or beside known ones
 *	[{a: ""}]		a list of such maps
 */
extern const char check_charts[];

#endif
