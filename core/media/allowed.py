"""What may be opened: containers and decoders by FFmpeg's names, separated by commas as FFmpeg wants them.

Everything else is refused, so a hostile file reaches well-trodden code only. A name that the linked FFmpeg does not
know does no harm.
"""

# Containers that hold their own media. Left out on purpose: hls, dash, concat, sdp, rtsp, image2, lavfi, imf, tty and
# whatever else names other files, devices or the network, or turns text into pictures.
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,live_flv,kux,mpegts,mpegtsraw,mpeg,mpegvideo,"
    "vob,ogg,asf,asf_o,rm,ivr,gif,apng,ivf,obu,av1,h261,h263,h264,hevc,vvc,m4v,mjpeg,vc1,"
    "vc1test,dirac,dv,mxf,gxf,lxf,nut,nuv,nsv,wtv,ty,pmp,pva,psp,4xm,dfa,film_cpk,roq,rpl,smk,"
    "bink,flic,ea,amv,swf,thp,vivo,xmv,yuv4mpegpipe,dxa,mm,bfi,idcin,c93,avs,bmv,mp3,wav,w64,"
    "flac,aac,ac3,eac3,aiff,au,caf,amr,ape,tta,wv,dts,truehd,opus,oga,spx,mp2,xwma"
)

# Left out: wrappers of hardware decoders, text art (ansi, bintext, xbin), and formats that nobody's films are in.
VIDEO_DECODERS = (
    "h264,hevc,vvc,libdav1d,av1,vp9,vp8,libvpx,libvpx-vp9,vp7,vp6,vp6a,vp6f,vp5,vp4,vp3,theora,"
    "mpeg1video,mpeg2video,mpegvideo,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h261,h263,h263i,h263p,flv,"
    "wmv1,wmv2,wmv3,vc1,rv10,rv20,rv30,rv40,rv60,svq1,svq3,cinepak,indeo2,indeo3,indeo4,indeo5,"
    "mjpeg,mjpegb,mxpeg,ljpeg,jpeg2000,prores,dnxhd,cfhd,hap,dvvideo,ffv1,ffvhuff,huffyuv,utvideo,"
    "lagarith,rawvideo,v210,v410,v308,v408,r210,yuv4,gif,apng,png,bmp,webp,qtrle,rpza,smc,8bps,"
    "msvideo1,msrle,zlib,zmbv,tscc,tscc2,camstudio,camtasia,flashsv,flashsv2,g2m,mss1,mss2,msa1,"
    "fraps,snow,dirac,amv,thp,4xm,dfa,roqvideo,smackvid,binkvideo,flic,idcinvideo,interplayvideo,"
    "mdec,nuv,truemotion1,truemotion2,vivo,xan_wc3,xan_wc4,cljr,asv1,asv2,vcr1,wnv1,loco,mszh,cscd,"
    "eamad,eatgq,eatgv,eatqi,escape124,escape130,mimic,sp5x,speedhq"
)

AUDIO_DECODERS = (
    "aac,aac_latm,ac3,eac3,mp1,mp1float,mp2,mp2float,mp3,mp3float,opus,libopus,vorbis,flac,alac,"
    "dca,truehd,mlp,wmav1,wmav2,wmapro,wmavoice,wmalossless,cook,sipr,ralf,real_144,real_288,atrac3,"
    "atrac3plus,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,gsm,gsm_ms,speex,ape,tta,wavpack,als,"
    "nellymoser,qdm2,qdmc,qcelp,g722,g723_1,g726,g726le,g729,adpcm_4xm,adpcm_ima_qt,adpcm_ima_wav,"
    "adpcm_ms,adpcm_swf,adpcm_yamaha,adpcm_adx,adpcm_ima_amv,adpcm_ct,roq_dpcm,binkaudio_dct,"
    "binkaudio_rdft,smackaud,interplay_dpcm,xan_dpcm,dvaudio,s302m,mace3,mace6,pcm_alaw,pcm_mulaw,"
    "pcm_bluray,pcm_dvd,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_lxf,pcm_s16be,pcm_s16be_planar,"
    "pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24le,pcm_s24le_planar,pcm_s32be,pcm_s32le,pcm_s32le_planar,"
    "pcm_s8,pcm_s8_planar,pcm_u8,pcm_u16be,pcm_u16le,pcm_u24be,pcm_u24le,pcm_u32be,pcm_u32le"
)
